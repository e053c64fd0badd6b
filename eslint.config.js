// Lint: who may import whom (docs/ARCHITECTURE.md), where the environment may be read, and typescript-eslint's recommended rules.
import tseslint from 'typescript-eslint'

/** Rooms of the repository, and inside server/ of the library, that code may not import. */
const RESTRICTED = {
  'contract/**': ['components', 'app', 'server', 'jobs', 'tests', 'bench'],
  'components/**': ['app', 'server', 'jobs', 'tests', 'bench'],
  'app/**': ['server/graph', 'server/model', 'server/train', 'server/search', 'server/text', 'jobs', 'bench'],
  // comes after app/**, which it replaces
  'app/api/**': ['components', 'server/graph', 'server/model', 'server/train', 'server/search', 'server/text', 'jobs', 'bench'],
  'server/files/**': ['app', 'components', 'jobs', 'bench', 'server/db', 'server/text', 'server/dataset', 'server/graph', 'server/model', 'server/train', 'server/search', 'server/ranking', 'server/eval'],
  'server/access/**': ['app', 'components', 'jobs', 'bench', 'server/db', 'server/text', 'server/dataset', 'server/graph', 'server/model', 'server/train', 'server/search', 'server/ranking', 'server/eval'],
  'server/store/**': ['app', 'components', 'jobs', 'bench', 'server/db', 'server/text', 'server/dataset', 'server/graph', 'server/model', 'server/train', 'server/search', 'server/ranking', 'server/eval'],
  'server/random/**': ['app', 'components', 'jobs', 'bench', 'server'],
  'server/text/**': ['app', 'components', 'jobs', 'bench', 'server/db', 'server/dataset', 'server/graph', 'server/model', 'server/train', 'server/search', 'server/ranking', 'server/eval'],
  'server/dataset/**': ['app', 'components', 'jobs', 'bench', 'server/db', 'server/graph', 'server/model', 'server/train', 'server/search', 'server/ranking', 'server/eval'],
  'server/ranking/**': ['app', 'components', 'jobs', 'bench', 'server/db', 'server/graph', 'server/model', 'server/train', 'server/search', 'server/eval'],
  'server/eval/**': ['app', 'components', 'jobs', 'bench', 'server/db', 'server/graph', 'server/model', 'server/train', 'server/search'],
  'server/graph/**': ['app', 'components', 'jobs', 'bench', 'server/db', 'server/dataset', 'server/model', 'server/train', 'server/search', 'server/ranking', 'server/eval'],
  'server/model/**': ['app', 'components', 'jobs', 'bench', 'server/db', 'server/train', 'server/search', 'server/ranking', 'server/eval'],
  'server/search/**': ['app', 'components', 'jobs', 'bench', 'server/db', 'server/train', 'server/eval'],
  'server/train/**': ['app', 'components', 'jobs', 'bench', 'server/db', 'server/eval'],
  'server/db/**': ['app', 'components', 'jobs', 'bench', 'server/graph', 'server/model', 'server/train', 'server/search'],
  'jobs/**': ['app', 'components', 'bench'],
  'jobs/steps/**': ['app', 'components', 'bench', 'server/db'],
}

const imports = Object.entries(RESTRICTED).map(([files, rooms]) => ({
  files: [`${files}/*.{ts,tsx}`],
  ignores: ['**/*.test.ts', '**/*.test.tsx'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          { group: rooms.flatMap((room) => [`@/${room}`, `@/${room}/*`, `@/${room}/**`]), message: 'Not a room that this one may use; see docs/ARCHITECTURE.md.' },
          { group: ['../*', '../**'], message: "Use '@/...' across folders." },
        ],
      },
    ],
  },
}))

/** Step children never touch Postgres: what they run is loaded from these files. */
const stepChild = {
  files: ['jobs/{child,step-child,run-step,step,step-message,rate-estimate,pipeline}.ts'],
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: ['@/server/db/*', '@/app/**', '@/components/**'], message: 'Step children never touch Postgres.' }] }] },
}

export default tseslint.config(
  { ignores: ['node_modules/', '.next/', '.drhard/', 'server/db/generated/', 'next-env.d.ts', 'test-results/'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      // an op without attributes is an empty interface
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always' }],
      eqeqeq: 'error',
      'no-debugger': 'error',
    },
  },
  ...imports,
  stepChild,
  {
    // Library folders get paths, options, clock, seed and a signal.
    files: ['contract/**/*.ts', 'server/{access,files,store,text,dataset,graph,model,train,search,ranking,eval,random}/**/*.ts', 'jobs/steps/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', { selector: "MemberExpression[object.name='process'][property.name='env']", message: 'Library code does not read the environment; pass the value in.' }] },
  },
  {
    // Official ids are for imports, exports and the inspection reads; everywhere else a query or document is a row.
    files: ['server/{graph,model,train,search}/**/*.ts', 'jobs/steps/{train,encode,retrieve,mine,bm25-retrieve}.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-properties': ['error', { property: 'idOf', message: 'Official ids stay out of here; use rows.' }, { property: 'rowOf', message: 'Official ids stay out of here; use rows.' }] },
  },
)
