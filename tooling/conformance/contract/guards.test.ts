import { backend, dispose, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { withBackend } from '../../expect/backends.ts';
import { guardMark, guards } from './guards.ts';

/** Of tfjs's wasm backend, what says where a tensor lies. */
interface Memory {
  readonly wasm: { readonly asm: { readonly memory: WebAssembly.Memory } };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
}

beforeAll(() => withBackend('wasm'));

// In a process of its own: of a heap with gaps, guards take those that fit them.
it('a guard lies within 64 numbers on both sides of a tensor, and what is written there shows', async () => {
  const beside = guards();
  const x = beside.around(() => tensor1d([1, 2, 3, 4]));
  const { wasm, dataIdMap } = backend() as object as Memory;
  const numbers = new Float32Array(wasm.asm.memory.buffer);
  const first = dataIdMap.get(x.dataId).memoryOffset / 4;
  const [before, after] = [numbers.lastIndexOf(guardMark, first), numbers.indexOf(guardMark, first)];
  expect(Math.max(first - before, after - first)).toBeLessThan(64);
  numbers.fill(0, first, first + 4); // its own
  numbers.fill(0, before - 1, before + 1);
  numbers.fill(0, after, after + 3);
  expect(await beside.changed()).toBe(5);
  dispose(x);
});

it('guards are as they were where a tensor is left alone, also inside of a tidy', async () => {
  const beside = guards();
  const x = tidy(() => beside.around(() => tensor1d([1, 2, 3, 4])));
  beside.poison([[7], [2, 3]]);
  expect(await beside.changed()).toBe(0);
  dispose(x);
});
