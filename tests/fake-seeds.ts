// What the quick steps of tests/fake-child.ts do, told by the seed of their run. Called by that and by the tests of the job server.

/** Behaviours of the training segment that begins at 0. */
export const SEEDS = { plain: 1, slow: 2, badInput: 3, dies: 4, spins: 5, fullDisk: 6 }
