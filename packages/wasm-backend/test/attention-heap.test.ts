import { slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { createKey, normal } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { backend, dispose, engine, grads, memory, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { HeapFullError, register } from '../src/index.ts';
import type { TfjsWasm } from '../src/tfjs/tfjs-wasm.ts';

const GIGABYTE = 2 ** 30;

/** A tensor of that many bytes whose memory is requested and never touched, so that the machine needs none for it. */
const untouched = (bytes: number): Tensor => engine().makeTensorFromTensorInfo((backend() as TfjsWasm).makeOutput([bytes / 4], 'float32'));

it('attention is right above 2 GiB', async () => {
  await withBackend('wasm');
  await register({ threads: 1 });
  const inputs = (): Tensor[] => ['q', 'k', 'v'].map((name) => normal(createKey(name), [1, 2, 200, 20]));
  const results = async (): Promise<readonly number[][]> => {
    const [q, k, v] = inputs() as [Tensor, Tensor, Tensor];
    const run = (x: Tensor, y: Tensor, z: Tensor): Tensor => sparseAttention(x, y, z, { mask: slidingWindow({ left: 50, right: 0 }) }).out;
    const all = tidy(() => [run(q, k, v), ...grads((x, y, z) => run(x as Tensor, y as Tensor, z as Tensor))([q, k, v], v)]);
    highest = (backend() as TfjsWasm).dataIdMap.get((all.at(-1) as Tensor).dataId).memoryOffset;
    const values = await Promise.all(all.map(async (each) => [...(await each.data())]));
    dispose([q, k, v, ...all]);
    return values;
  };
  let highest = 0;
  const expected = await results();
  expect(highest).toBeLessThan(2 * GIGABYTE);
  const low = [untouched(GIGABYTE), untouched(GIGABYTE), untouched(GIGABYTE / 2)];
  // Smaller pieces still go into gaps below: fill them.
  const gaps: Tensor[] = [];
  while ((backend() as TfjsWasm).dataIdMap.get((gaps.at(-1) ?? (low[0] as Tensor)).dataId).memoryOffset < 2 * GIGABYTE)
    gaps.push(untouched(16_000));
  expect(await results()).toEqual(expected);
  expect(highest).toBeGreaterThan(2 * GIGABYTE);
  dispose([...low, ...gaps]);
});

it('a heap that is full inside of attention is an error that says what was requested, and attention goes on working', async () => {
  await withBackend('wasm');
  await register({ threads: 1 });
  const attend = (n: number) => {
    const x = zeros([1, 4, n, 64]);
    try {
      const { out, logSumExp } = sparseAttention(x, x, x, { mask: slidingWindow({ left: 63, right: 0 }) });
      dispose([out, logSumExp]);
    } finally {
      x.dispose();
    }
  };
  attend(2048);
  const large = [1, 2, 3].map(() => untouched(GIGABYTE));
  const more: Tensor[] = [];
  try {
    for (;;) more.push(untouched(2 ** 26));
  } catch (error) {
    expect(error).toBeInstanceOf(HeapFullError);
  }
  dispose(more.splice(-1)); // room for the inputs, not for all that the call needs
  const { numTensors } = memory();
  expect(() => attend(48 * 1024)).toThrow(
    /^tfjs wasm backend: the WebAssembly heap must have room for the call\.\n {2}expected {2}room for \d+ bytes/,
  );
  expect(memory().numTensors).toBe(numTensors);
  attend(2048);
  dispose([...large, ...more]);
  attend(48 * 1024);
});
