import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromPretrained } from '@longspan/models';
import { longformer } from '@longspan/models/longformer';
import { withBackend } from '@longspan/tooling/expect';
import { tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBackend } from '../../process/start-backend.ts';
import { measureBook } from './book-work.ts';
import { savedCheckpoint } from './checkpoint.ts';
import { drawnIds } from './drawn-ids.ts';
import type { Checkpoint } from './input.ts';
import { measureLongformer } from './longformer-work.ts';
import { mapsOf } from './maps-of.ts';
import { measureProducts } from './products-work.ts';
import { readInSlabs } from './read-in-slabs.ts';

const folder = mkdtempSync(join(tmpdir(), 'longspan-models-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => withBackend('wasm')); // another file may have left this process on cpu

const size = { layers: 2, width: 16, heads: 2, innerWidth: 32, vocabulary: 40 };
const own: Checkpoint = { kind: 'Longformer', size, maxTokens: 24, window: 4, seed: 1, folder };
const long: Checkpoint = { ...own, kind: 'RoBERTa by toLong', maxTokens: 600 };
const pace = { rounds: 3, budgetSeconds: 0, turnSeconds: 0 };
const reporter = { started: async () => {}, progress: async () => {} };

it('slabs give what the whole text gives, to rounding, positions that begin again included', async () => {
  await startBackend('wasm');
  const reader = await fromPretrained(await savedCheckpoint(own), { family: longformer, head: 'model' });
  const [length, first] = [61, reader.config.padTokenId + 1];
  const ids = drawnIds(length, size.vocabulary, 2);
  const whole = tidy(() => {
    const positions = tensor1d(
      Int32Array.from({ length }, (_, at) => first + (at % 24)),
      'int32',
    );
    return reader.model.apply(reader.parameters, tensor2d(ids, [1, length], 'int32'), { positions }).hidden;
  });
  const expected = await whole.data();
  const seen: number[] = [];
  const slabs = await readInSlabs(reader, ids, 13, async (hidden, { from, to }) => {
    const values = await hidden.data();
    for (const [at, value] of values.entries()) expect(Math.abs(value - (expected[from * size.width + at] as number))).toBeLessThan(1e-5);
    seen.push(from, to, hidden.shape[1] as number);
  });
  expect(seen).toEqual([0, 13, 13, 13, 26, 13, 26, 39, 13, 39, 52, 13, 52, 61, 9]);
  expect(slabs[1]).toEqual({ from: 13, to: 26, readFrom: 9, readTo: 30 }); // two layers of two tokens on each side
  whole.dispose();
  reader.dispose();
});

it.each([
  ['float32', own, 24],
  ['int8', long, 600],
  ['float16', own, 24],
] as const)('a Longformer in %s is timed alone where nobody stands beside it', async (precision, checkpoint, tokens) => {
  const input = { kind: 'longformer', seed: 1, checkpoint, tokens, precision, pace } as const;
  const { ours, duel, error, peerFailed, peakBytes } = await measureLongformer(input, reporter);
  expect(ours.rounds).toBe(3);
  expect(ours.median).toBeGreaterThan(0);
  expect({ duel, error, peerFailed }).toEqual({ duel: undefined, error: undefined, peerFailed: undefined });
  expect(peakBytes).toBeGreaterThan(1e7);
});

/** In the place of a Python: it says what the script is told to. */
function other(name: string, program: string): { readonly python: string; readonly script: string } {
  const script = join(folder, `${name}.mjs`);
  writeFileSync(script, `import { readFileSync, writeFileSync } from 'node:fs';\nconst asked = JSON.parse(process.argv[2]);\n${program}`);
  return { python: process.execPath, script };
}

it('a side beside us that has no memory is a finding in its own words, and ours is timed', async () => {
  const torch = other('full', `console.log(JSON.stringify({ error: "RuntimeError: can't allocate memory" }));`);
  const input = { kind: 'longformer', seed: 1, checkpoint: own, tokens: 24, precision: 'float32', pace, torch } as const;
  const { ours, duel, peerFailed } = await measureLongformer(input, reporter);
  expect(peerFailed).toBe("RuntimeError: can't allocate memory");
  expect(duel).toBeUndefined();
  expect(ours.rounds).toBe(3);
});

it('a side that gives another answer is a fault', async () => {
  const values = new Float32Array(24 * size.width).fill(0.5);
  const answers = join(folder, 'wrong.safetensors');
  const { writeArrays } = await import('../peers/array-files.ts');
  writeArrays(answers, { hidden: { shape: [1, 24, size.width], values } });
  const program = `writeFileSync(asked.answers, readFileSync(${JSON.stringify(answers)}));\nconsole.log('{"version":"1"}');\nprocess.stdin.resume();`;
  const torch = other('wrong', program);
  const input = { kind: 'longformer', seed: 1, checkpoint: own, tokens: 24, precision: 'int8', pace, torch } as const;
  await expect(measureLongformer(input, reporter)).rejects.toThrow(
    /^wrong answer: int8 is [\d.]+ from PyTorch's float32, at most 0.1 is rounding$/,
  );
});

it('a book is read in slabs, those around each computed too', async () => {
  const figures = await measureBook({ kind: 'book', seed: 1, checkpoint: own, tokens: 61, slabLength: 20 }, reporter);
  expect(figures).toMatchObject({ kind: 'book', tokens: 61, slabs: 4, computed: 24 + 28 + 25 + 5 });
});

it('products in int8 are compared with those in float32, each shape and all of a layer', async () => {
  const figures = await measureProducts({ kind: 'products', seed: 1, size, tokens: 9, pace }, reporter);
  expect(figures.works.map(({ name }) => name)).toEqual(Object.keys(mapsOf(size)));
  for (const { error, ratio } of figures.works) {
    expect(error).toBeGreaterThan(1e-3); // 8 bits round
    expect(error).toBeLessThan(2e-2);
    expect(ratio.rounds).toBe(3);
  }
});
