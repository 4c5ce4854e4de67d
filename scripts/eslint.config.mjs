import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Folders from the ground up: a file imports its own row and the rows before it, never the rows after. */
const rows = {
  shared: ['util|errors', 'codec|crypto', 'log|privacy|model', 'secagg', 'governance', 'audit', 'wire'],
  client: ['engine|data|text|model', 'evaluate', 'methods', 'train', 'agent', 'use', 'web|audit|cli'],
  coordinator: ['store|log|identity|aggregate', 'round', 'rpc', 'web|cli'],
};
const ban = (folders, message) => ({ regex: `^(#|(\\.\\./)+)(${folders})(/|\\.ts$|$)`, message }); // `#folder/x`, `../../folder/x.ts`
const pkg = (names, message) => ({ regex: `^(${names})`, message });
const sideways = 'A site and the coordinator share code through shared/, never with each other.';
const generated = ban(
  'shared/wire/generated',
  'Only shared/wire reads generated code: use wire/decode, wire/encode or wire/services.',
);
const tests = ban('test|scripts', 'Product code imports neither tests nor scripts: move what both need into shared/.');
const common = {
  shared: [
    tests,
    ban('client|coordinator', sideways),
    pkg('node:|@grpc/|@tensorflow/', 'shared/ also runs in a browser: take this as an argument.'),
  ],
  client: [tests, generated, ban('coordinator', sideways)],
  coordinator: [
    tests,
    generated,
    ban('client', sideways),
    pkg('@tensorflow/', 'The coordinator adds integers and never sees a model.'),
  ],
};
/** One block per row: what is common to the top-level folder, and every row after this one. */
function importRules(top) {
  return rows[top].map((row, i) => {
    const later = rows[top].slice(i + 1).join('|') || '(none)';
    const message = `This is built on top of ${top}/{${row}}: imports follow the rows in scripts/eslint.config.mjs.`;
    const above = [
      { regex: `^#${top}/(${later})(/|$)`, message },
      { regex: `^(\\.\\./)+(${top}/)?(${later})(/|\\.ts$)`, message },
    ];
    const files = row.split('|').flatMap((folder) => [`${top}/${folder}.ts`, `${top}/${folder}/**/*.ts`]);
    return { files, rules: { 'no-restricted-imports': ['error', { patterns: [...common[top], ...above] }] } };
  });
}
const globals = (names, message) => ({
  'no-restricted-globals': ['error', ...names.map((name) => ({ name, message }))],
});
const ambient = ['Date', 'performance', 'setTimeout', 'setInterval', 'fetch', 'process', 'console', 'crypto', 'Buffer'];
const noRandom = {
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'Random bytes are an argument.' },
  ],
};

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'shared/wire/generated/']),
  {
    files: ['{shared,client,coordinator,scripts,test}/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: `${import.meta.dirname}/..` } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off', // typed-array elements inside a bounded loop
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-console': 'error',
      'no-empty': 'error',
    },
  },
  ...Object.keys(rows).flatMap(importRules),
  { files: ['shared/crypto/node.ts'], rules: { 'no-restricted-imports': 'off' } }, // the browser-safe bundle shows that nothing in shared/ imports it
  {
    files: ['shared/**/*.ts'],
    rules: {
      ...noRandom,
      ...globals(ambient, 'shared/ is deterministic: time and bytes come in as arguments or events.'),
    },
  },
  {
    files: ['test/{unit,property,vectors,fault}/**/*.ts'],
    rules: globals(['setTimeout', 'Date'], 'Use the fake clock: time is an event.'),
  },
);
