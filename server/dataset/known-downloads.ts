// Where the public collections lie that `drhard data get` knows, with sizes and checksums as ir_datasets records them
// (ir_datasets/etc/downloads.json, commit 6a429ed). Called by jobs/get-data.ts.

export interface KnownFile {
  url: string
  bytes?: number
  md5?: string
  /** Members of a .tar.gz that are kept; the archive is deleted afterwards. */
  members?: string[]
}

export interface KnownCollection {
  title: string
  licence: string
  /** The source kind that imports the folder. */
  format: 'msmarco-passage' | 'msmarco-doc'
  files: KnownFile[]
  /** Disk that the files take when unpacked, with the archive beside them. */
  diskBytes: number
}

const MSMARCO = 'https://msmarco.z22.web.core.windows.net/msmarcoranking'
const NIST = 'https://trec.nist.gov/data/deep'
const TEST_2019: KnownFile = { url: `${MSMARCO}/msmarco-test2019-queries.tsv.gz`, bytes: 4_276, md5: 'eda71eccbe4d251af83150abe065368c' }
const LICENCE = 'MS MARCO: non-commercial research only (https://microsoft.github.io/msmarco/)'

export const KNOWN_COLLECTIONS: Record<string, KnownCollection> = {
  'msmarco-passage': {
    title: 'MS MARCO passage ranking, 8,841,823 passages',
    licence: LICENCE,
    format: 'msmarco-passage',
    diskBytes: 4.5e9,
    files: [
      {
        url: `${MSMARCO}/collectionandqueries.tar.gz`,
        bytes: 1_057_717_952,
        md5: '31644046b18952c1386cd4564ba2ae69',
        members: ['collection.tsv', 'queries.train.tsv', 'qrels.train.tsv', 'queries.dev.small.tsv', 'qrels.dev.small.tsv', 'queries.eval.small.tsv'],
      },
      TEST_2019,
      { url: `${NIST}/2019qrels-pass.txt`, bytes: 187_092, md5: '2f4be390198da108f6845c822e5ada14' },
    ],
  },
  'msmarco-doc': {
    title: 'MS MARCO document ranking, 3,213,835 documents',
    licence: LICENCE,
    format: 'msmarco-doc',
    diskBytes: 9e9,
    files: [
      // ir_datasets takes another form of the collection: of this one only gz's own checksum is known
      { url: `${MSMARCO}/msmarco-docs.tsv.gz` },
      { url: `${MSMARCO}/msmarco-doctrain-queries.tsv.gz`, bytes: 6_457_962, md5: '4086d31a9cf2d7b69c4932609058111d' },
      { url: `${MSMARCO}/msmarco-doctrain-qrels.tsv.gz`, bytes: 2_385_717, md5: '9d1609e240113b0504fd2e61cb36d924' },
      { url: `${MSMARCO}/msmarco-docdev-queries.tsv.gz`, bytes: 91_837, md5: 'ac20593d71b9c32ab2633230f9cdf10d' },
      { url: `${MSMARCO}/msmarco-docdev-qrels.tsv.gz`, bytes: 38_553, md5: '5eeafaeb4960979a62e7fed93273254e' },
      { url: `${MSMARCO}/docleaderboard-queries.tsv.gz`, bytes: 102_131, md5: '50fe4285d64444c9ffc933b66a79f775' },
      TEST_2019,
      { url: `${NIST}/2019qrels-docs.txt`, bytes: 339_438, md5: 'd7ef53b995ef7e01676ea85d7ec01dda' },
    ],
  },
}
