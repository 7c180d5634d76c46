// The arrows of the design: who may import whom. Nothing else may. A package that is not in this table fails the check.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const core = ['core-tensor'];
const mechanisms = ['attention-sparse', 'attention-lsh', 'reversible', 'hierarchical', 'memory-xl'];
const tfjsCore = ['@tensorflow/tfjs-core'];
const may = {
  'core-tensor': { packages: [], npm: tfjsCore },
  ...Object.fromEntries(mechanisms.map((name) => [name, { packages: core, npm: tfjsCore }])),
  hierarchical: { packages: [...core, 'attention-sparse', 'reversible'], npm: tfjsCore },
  'wasm-backend': { packages: core, npm: [...tfjsCore, '@tensorflow/tfjs-backend-wasm'] },
  'gpu-backend': { packages: core, npm: [...tfjsCore, '@tensorflow/tfjs-backend-webgpu'] },
  training: { packages: core, npm: tfjsCore },
  models: {
    packages: [...core, ...mechanisms, 'training'],
    npm: [
      ...tfjsCore,
      '@eslint-community/regexpp',
      '@huggingface/hub',
      '@huggingface/tokenizers',
      'comlink',
      'hash-wasm',
      'minisearch',
      'proper-lockfile',
      'zod',
    ],
  },
};

/** The folders whose files, and all that they import, need no tfjs: a page draws masks and counts costs before it loads any compute. */
const withoutTfjs = { 'core-tensor': ['error', 'key', 'layout', 'memo'], 'attention-sparse': ['mask', 'analysis'] };

/**
 * The files of a package that may read and write files by Node. Each is chosen by a condition of the package's `imports` ('#files',
 * '#hub-cache'), so that a page gets another one: nothing reaches it by its path. A package that is not here does without.
 */
const nodeFiles = { models: ['src/files/node.ts', 'src/hub/cache/node.ts'], training: ['src/files/node.ts'] };
const nodeFilesOf = (name) => (nodeFiles[name] ?? []).map((file) => `^packages/${name}/${file.replaceAll('.', '[.]')}$`);

/** The source files of every public entry, read from `exports`: the doors through which one package reaches another. */
const entries = readdirSync(join(__dirname, 'packages')).flatMap((name) => {
  const manifest = join(__dirname, 'packages', name, 'package.json');
  if (!existsSync(manifest)) return [];
  return Object.values(JSON.parse(readFileSync(manifest, 'utf8')).exports)
    .map((target) => target['@longspan/source'])
    .filter((target) => target !== undefined)
    .map((target) => `^packages/${name}/${target.replace('./', '').replaceAll('.', '[.]')}$`);
});

const source = (name) => ({ path: `^packages/${name}/src/`, pathNot: '[.]test[.]ts$' });
const either = (words) => `(${words.join('|')})`;
const npm = (name) => `node_modules/${name.replace('/', '[/]')}/`;

const layersOf = ([name, { packages }]) => ({
  name: `layers-of-${name}`,
  comment: `${name} may import ${packages.join(', ') || 'no other package'}; tooling only in tests`,
  severity: 'error',
  from: source(name),
  to: { path: '^(packages|apps|tooling)/', pathNot: `^packages/${either([name, ...packages])}/src/` },
});

const npmOf = ([name, allowed]) => ({
  name: `npm-of-${name}`,
  comment: `${name} may import ${allowed.npm.join(', ')} from npm, and nothing of Node`,
  severity: 'error',
  from: {
    ...source(name),
    pathNot: ['[.]test[.]ts$', ...(name === 'core-tensor' ? ['^packages/core-tensor/src/tfjs-layers/'] : nodeFilesOf(name))],
  },
  to: { couldNotResolve: false, pathNot: ['^packages/', ...allowed.npm.map(npm)] },
});

module.exports = {
  forbidden: [
    ...Object.entries(may).map(layersOf),
    ...Object.entries(may).map(npmOf),
    {
      name: 'package-in-the-table',
      comment: 'a new package gets its row in `may` first',
      severity: 'error',
      from: { path: '^packages/', pathNot: `^packages/${either(Object.keys(may))}/` },
      to: {},
    },
    {
      name: 'tfjs-layers-adapter',
      comment: 'core-tensor/tfjs-layers is the one place for tfjs-layers, an optional peer',
      severity: 'error',
      from: { path: '^packages/core-tensor/src/tfjs-layers/', pathNot: '[.]test[.]ts$' },
      to: { path: 'node_modules/', pathNot: [...tfjsCore, '@tensorflow/tfjs-layers'].map(npm) },
    },
    ...Object.keys(nodeFiles).flatMap((name) => [
      {
        name: `files-of-node-in-${name}`,
        comment: `${nodeFiles[name].join(', ')} of ${name} read and write files, and do nothing else of Node`,
        severity: 'error',
        from: { path: nodeFilesOf(name) },
        to: { couldNotResolve: false, pathNot: ['^packages/', ...may[name].npm.map(npm), '^(node:)?(fs(/promises)?|path|url)$'] },
      },
      {
        name: `files-by-condition-in-${name}`,
        comment: `${nodeFiles[name].join(', ')} are reached by the imports of package.json ('#…'), so that a page gets other files in their place`,
        severity: 'error',
        from: { path: '.', pathNot: '[.]test[.]ts$' },
        to: { path: nodeFilesOf(name), dependencyTypesNot: ['aliased-subpath-import'] },
      },
    ]),
    ...Object.entries(withoutTfjs).map(([name, folders]) => ({
      name: `no-tfjs-in-${name}`,
      comment: `${folders.join(', ')} of ${name} work before any compute is loaded`,
      severity: 'error',
      from: { path: `^packages/${name}/src/${either(folders)}/`, pathNot: '[.]test[.]ts$' },
      to: {
        path: '.',
        pathNot: [
          `^packages/${name}/src/${either(folders)}/`,
          ...may[name].packages.map((friend) => `^packages/${friend}/src/${either(withoutTfjs[friend] ?? ['(?!)'])}/index[.]ts$`),
        ],
      },
    })),
    {
      name: 'front-door-only',
      comment: 'one package reaches another through its public entries',
      severity: 'error',
      from: { path: '^(?:packages|apps)/([^/]+)/' },
      to: { path: '^packages/[^/]+/src/', pathNot: ['^packages/$1/', ...entries] },
    },
    {
      name: 'tooling-through-the-front-door',
      comment: 'parity and conformance see what users see',
      severity: 'error',
      from: { path: '^tooling/' },
      to: { path: '^packages/[^/]+/src/', pathNot: entries },
    },
    {
      name: 'reference-stands-alone',
      comment: 'the reference implementations define what is correct: of ours they need core-tensor at most, and no kernel',
      severity: 'error',
      from: { path: '^tooling/reference/', pathNot: '[.]test[.]ts$' },
      to: {
        path: '.',
        pathNot: ['^tooling/reference/', '^packages/core-tensor/src/(index|(error|key)/index)[.]ts$', ...tfjsCore.map(npm)],
      },
    },
    {
      name: 'no-app-below',
      comment: 'nothing imports an app',
      severity: 'error',
      from: { path: '^(packages|tooling)/' },
      to: { path: '^apps/' },
    },
    {
      name: 'no-circle',
      comment: 'files that need each other share an idea that wants a file of its own (types count: swc sees no difference)',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'an import that is not found is not checked either',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc', // TypeScript 7 cannot be asked: with it, 0 modules would be seen and 0 violations reported
    tsPreCompilationDeps: true,
    exclude: { path: '(^|/)(dist|coverage|assembly|[.]peers)/' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@longspan/source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    },
  },
};
