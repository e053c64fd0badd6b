// Preloaded into the web server: ends it when the supervisor that spawned it is gone. Called by jobs/web.ts.
process.once('disconnect', () => process.exit(0))
if (process.send && !process.connected) process.exit(0)
