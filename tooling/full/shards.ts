import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fromSource } from '../setup/from-source.mjs';
import { root, workspaceFolders } from '../setup/workspace.mjs';
import type { Shard } from './shard.ts';

/** How many further seeds every property is tried with. */
const seedsPerProject = 3;

/** The bench's quick forms; `peers` is not among them, for it installs other people's libraries. */
const experiments = ['measure', 'adaptive', 'lsh', 'reversible', 'xl', 'hierarchy', 'kernels', 'gpu'];

/**
 * All that `.ci/run` has no time for: every property under further seeds, every test at its whole length, the soak in both kinds of
 * memory, the attack, everything on WebGPU, the book that is read anew and asked, and the quick form of every experiment. `seed` decides all that is drawn.
 */
export function shards(seed: number): Shard[] {
  return [
    ...Array.from({ length: seedsPerProject }, (_, at) => properties(seed + at)).flat(),
    ...workspaceFolders().map(wholeTests),
    ...['release', 'browsers'].map(wholeTestsOfPackages),
    ...onWebGpu(),
    { name: 'parity on cpu', args: parity('--backend', 'cpu') },
    { name: 'parity on stock wasm', args: parity('--backend', 'wasm') },
    { name: 'parity on one thread', args: parity('--backend', 'wasm', '--kernels', 'longspan', '--threads', '1') },
    ...(['float16', 'int8'] as const).map((precision) => ({
      name: `parity in ${precision}`,
      args: parity('--backend', 'wasm', '--kernels', 'longspan', '--precision', precision),
    })),
    { name: 'soak, memory in place', args: soak(10, seed) },
    { name: 'soak, memory in copies', args: [...soak(3, seed), '--copies'] },
    { name: 'attack', args: fromSource('tooling/attack/cli.ts', ['--minutes', '10', '--seed', String(seed)]) },
    { name: 'npm start', args: fromSource('apps/ask/src/cli.ts', ['--again']) },
    ...experiments.map((name) => ({ name: `bench ${name}`, args: fromSource('apps/bench/src/cli.ts', [name]) })),
  ];
}

const reporters = ['--reporter=default', '--reporter=./tooling/vitest/tally.ts'];

const parity = (...options: readonly string[]): string[] => fromSource('tooling/parity/cli.ts', [...options]);

function soak(minutes: number, seed: number): string[] {
  return ['--expose-gc', ...fromSource('tooling/soak/cli.ts', ['--minutes', String(minutes), '--seed', String(seed)])];
}

function properties(seed: number): Shard[] {
  return workspaceFolders().flatMap((folder) => {
    const files = propertyTests(join(root, folder));
    if (files.length === 0) return [];
    const args = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...files];
    return [{ name: `properties of ${basename(folder)}, seed ${seed}`, args, env: { PROPERTY_SEED: String(seed) } }];
  });
}

/** The tests of a project with as many steps, random calls and repetitions as they know. */
function wholeTests(folder: string): Shard {
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, `${folder}/`];
  return { name: `whole tests of ${basename(folder)}`, args, env: { TEST_EFFORT: 'whole' } };
}

/** Tests of the packed packages, which the configuration of no project names. */
function wholeTestsOfPackages(name: string): Shard {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', `tooling/${name}/vitest.config.ts`, ...reporters];
  return { name: `whole tests of ${name}`, args, env: { TEST_EFFORT: 'whole' } };
}

/** What needs a WebGPU adapter: a software one takes an hour for it. */
function onWebGpu(): Shard[] {
  const tests = ['packages/gpu-backend/test', 'apps/bench/test/webgpu'].flatMap((folder) =>
    readdirSync(join(root, folder)).flatMap((file) => (file.endsWith('.test.ts') ? [join(folder, file)] : [])),
  );
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'packages/gpu-backend/test/vitest.config.ts'];
  return [
    ...tests.map((file) => ({
      name: `webgpu: ${basename(file, '.test.ts')}`,
      args: [...vitest, ...reporters, file],
      env: { TEST_EFFORT: 'whole' },
    })),
    { name: 'webgpu: parity', args: parity('--backend', 'webgpu', '--kernels', 'longspan') },
  ];
}

/** The test files below a folder that draw their cases. */
function propertyTests(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'dist' ? [] : propertyTests(path);
    return entry.name.endsWith('.test.ts') && readFileSync(path, 'utf8').includes('fast-check') ? [path] : [];
  });
}
