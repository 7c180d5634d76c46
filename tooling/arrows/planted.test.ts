import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cruise, cruise, root } from './cruise.ts';

const sound: Readonly<Record<string, string>> = {
  'packages/core-tensor/src/index.ts': "export { a } from './a.ts';\nexport * from './error/index.ts';",
  'packages/core-tensor/src/a.ts': "import { add } from '@tensorflow/tfjs-core';\nexport const a = add;",
  'packages/core-tensor/src/error/index.ts': 'export const error = 1;',
  'packages/core-tensor/src/key/index.ts': "import { error } from '../error/index.ts';\nexport const key = error;",
  'packages/core-tensor/src/tfjs-layers/index.ts': "import { layers } from '@tensorflow/tfjs-layers';\nexport { layers };",
  'packages/core-tensor/src/a.test.ts': "import { onBackends } from '@longspan/tooling/expect';\nimport './a.ts';\nonBackends;",
  'packages/attention-sparse/src/index.ts': "export * from '@longspan/core-tensor';\nexport * from './mask/index.ts';",
  'packages/attention-sparse/src/mask/index.ts': "export * from '@longspan/core-tensor/error';\nexport * from '@longspan/core-tensor/key';",
  'packages/core-tensor/src/memo/index.ts': 'export const memo = 1;',
  'packages/core-tensor/src/layout/index.ts': "import { memo } from '../memo/index.ts';\nexport const layout = memo;",
  'packages/attention-sparse/src/analysis/index.ts':
    "import { layout } from '@longspan/core-tensor/layout';\nexport { layout };\nexport * from '../mask/index.ts';",
  'packages/models/src/index.ts': "export { read } from '#files';",
  'packages/models/src/files/node.ts': "import { readFile } from 'node:fs/promises';\nexport const read = readFile;",
  'packages/models/src/files/web.ts': 'export const read = fetch;',
  'tooling/reference/top-k.ts':
    "import { add } from '@tensorflow/tfjs-core';\nimport { a } from '@longspan/core-tensor';\nexport const topK = [add, a];",
  'apps/demo/src/main.ts': "import '@longspan/attention-sparse/mask';",
};

const planted: readonly { readonly rule: string; readonly file: string; readonly code: string }[] = [
  { rule: 'layers-of-core-tensor', file: 'packages/core-tensor/src/p1.ts', code: "import '@longspan/attention-sparse';" },
  { rule: 'layers-of-core-tensor', file: 'packages/core-tensor/src/p2.ts', code: "import '@longspan/tooling/expect';" },
  { rule: 'layers-of-attention-sparse', file: 'packages/attention-sparse/src/p3.ts', code: "import '@longspan/reversible';" },
  { rule: 'npm-of-core-tensor', file: 'packages/core-tensor/src/p4.ts', code: "import '@tensorflow/tfjs-backend-cpu';" },
  { rule: 'npm-of-core-tensor', file: 'packages/core-tensor/src/p5.ts', code: "import { readFileSync } from 'node:fs';\nreadFileSync;" },
  { rule: 'npm-of-core-tensor', file: 'packages/core-tensor/src/p6.ts', code: "import '@tensorflow/tfjs-layers';" },
  { rule: 'npm-of-attention-sparse', file: 'packages/attention-sparse/src/p7.ts', code: "import '@tensorflow/tfjs';" },
  { rule: 'tfjs-layers-adapter', file: 'packages/core-tensor/src/tfjs-layers/p8.ts', code: "import '@tensorflow/tfjs-backend-cpu';" },
  { rule: 'package-in-the-table', file: 'packages/stranger/src/p9.ts', code: "import '@longspan/core-tensor';" },
  { rule: 'no-tfjs-in-attention-sparse', file: 'packages/attention-sparse/src/mask/p10.ts', code: "import '@tensorflow/tfjs-core';" },
  {
    rule: 'no-tfjs-in-attention-sparse',
    file: 'packages/attention-sparse/src/mask/p11.ts',
    code: "import type { a } from '@longspan/core-tensor';\nexport type A = typeof a;",
  },
  { rule: 'no-tfjs-in-attention-sparse', file: 'packages/attention-sparse/src/mask/p12.ts', code: "import '../index.ts';" },
  { rule: 'no-tfjs-in-core-tensor', file: 'packages/core-tensor/src/key/p13.ts', code: "import '../a.ts';" },
  { rule: 'no-tfjs-in-core-tensor', file: 'packages/core-tensor/src/layout/p20.ts', code: "import '@tensorflow/tfjs-core';" },
  { rule: 'no-tfjs-in-core-tensor', file: 'packages/core-tensor/src/memo/p21.ts', code: "import '../a.ts';" },
  { rule: 'no-tfjs-in-attention-sparse', file: 'packages/attention-sparse/src/analysis/p22.ts', code: "import '@longspan/core-tensor';" },
  { rule: 'npm-of-models', file: 'packages/models/src/p23.ts', code: "import { readFileSync } from 'node:fs';\nreadFileSync;" },
  { rule: 'files-of-node-in-models', file: 'packages/models/src/files/node.ts', code: "import 'node:child_process';" },
  { rule: 'files-by-condition-in-models', file: 'packages/models/src/p24.ts', code: "import './files/node.ts';" },
  { rule: 'front-door-only', file: 'packages/attention-sparse/src/p14.ts', code: "import '../../core-tensor/src/a.ts';" },
  { rule: 'front-door-only', file: 'apps/demo/src/p15.ts', code: "import '../../../packages/core-tensor/src/a.ts';" },
  { rule: 'tooling-through-the-front-door', file: 'tooling/parity/p16.ts', code: "import '../../packages/core-tensor/src/a.ts';" },
  { rule: 'reference-stands-alone', file: 'tooling/reference/p25.ts', code: "import '@longspan/attention-sparse';" },
  { rule: 'reference-stands-alone', file: 'tooling/reference/p26.ts', code: "import '../expect/index.ts';" },
  { rule: 'layers-of-core-tensor', file: 'packages/core-tensor/src/p27.ts', code: "import '@longspan/tooling/reference';" },
  { rule: 'no-app-below', file: 'packages/attention-sparse/src/p17.ts', code: "import '../../../apps/demo/src/main.ts';" },
  { rule: 'no-circle', file: 'packages/core-tensor/src/p18.ts', code: "import './p18.ts';" },
  { rule: 'resolvable', file: 'packages/core-tensor/src/p19.ts', code: "import './is-not-there.ts';" },
];

const write = (folder: string, file: string, code: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${code}\n`);
};

const link = (folder: string, name: string, target: string): void => {
  mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
  symlinkSync(target, join(folder, 'node_modules', name), 'dir');
};

function makeWorkspace(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'longspan arrows ')));
  for (const [file, code] of Object.entries(files)) write(folder, file, code);
  for (const name of ['core-tensor', 'attention-sparse']) {
    write(folder, `packages/${name}/package.json`, readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    link(folder, `@longspan/${name}`, join(folder, 'packages', name));
  }
  const exports = { '.': { '@longspan/source': './src/index.ts' } };
  write(folder, 'packages/reversible/package.json', JSON.stringify({ name: '@longspan/reversible', type: 'module', exports }));
  write(folder, 'packages/reversible/src/index.ts', 'export const reversible = 1;');
  const imports = { '#files': { node: './src/files/node.ts', default: './src/files/web.ts' } };
  write(folder, 'packages/models/package.json', JSON.stringify({ name: '@longspan/models', type: 'module', exports, imports }));
  link(folder, '@longspan/reversible', join(folder, 'packages/reversible'));
  write(folder, 'tooling/package.json', readFileSync(join(root, 'tooling/package.json'), 'utf8'));
  write(folder, 'tooling/expect/index.ts', 'export const onBackends = 1;');
  write(folder, 'tooling/reference/index.ts', "export { topK } from './top-k.ts';");
  link(folder, '@longspan/tooling', join(folder, 'tooling'));
  for (const name of ['tfjs', 'tfjs-core', 'tfjs-layers', 'tfjs-backend-cpu']) {
    const exports = { '.': './index.js' };
    write(
      folder,
      `node_modules/@tensorflow/${name}/package.json`,
      JSON.stringify({ name: `@tensorflow/${name}`, version: '4.22.0', exports }),
    );
    write(folder, `node_modules/@tensorflow/${name}/index.js`, 'export const add = 1, layers = 1;');
  }
  return folder;
}

const parts = ['packages', 'apps', 'tooling'];

describe('the arrows of the design', () => {
  const folders: string[] = [];
  let healthy: Cruise;
  let broken: Cruise;
  beforeAll(() => {
    folders.push(makeWorkspace(sound));
    folders.push(makeWorkspace({ ...sound, ...Object.fromEntries(planted.map(({ file, code }) => [file, code])) }));
    [healthy, broken] = folders.map((folder) => cruise(folder, parts)) as [Cruise, Cruise];
  });
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  it('a workspace that keeps them has no violation, and each of its files was seen', () => {
    expect(healthy.violations).toEqual([]);
    expect(healthy.modules).toEqual(expect.arrayContaining(Object.keys(sound)));
  });

  it.each(planted)('$rule is found in $file', ({ rule, file }) => {
    expect(broken.violations.filter(({ from }) => from === file).map((violation) => violation.rule)).toContain(rule);
  });

  it('files without a planted violation are not blamed', () => {
    const guilty = new Set(planted.map(({ file }) => file));
    expect(broken.violations.filter(({ from }) => !guilty.has(from))).toEqual([]);
  });
});
