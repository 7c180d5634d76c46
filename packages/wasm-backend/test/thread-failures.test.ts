import { createLayout, slidingWindow } from '@longspan/attention-sparse';
import { createKey, normal } from '@longspan/core-tensor';
import { type AttentionCall, attentionCall } from '@longspan/core-tensor/kernel';
import { expectClose, leaked } from '@longspan/tooling/expect';
import type { Tensor } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { compileKernels } from '../src/binary/load.ts';
import { forward } from '../src/kernels/contract/block-sparse-attention/forward.ts';
import type { Runtime } from '../src/runtime/runtime.ts';
import { aloneOn, closeThreads, runtimeOn } from './runtime-on.ts';

afterEach(() => {
  closeThreads();
  vi.restoreAllMocks();
});

const call = (): AttentionCall => {
  const [q, k, v] = ['q', 'k', 'v'].map((name) => normal(createKey(name), [1, 3, 400, 16])) as [Tensor, Tensor, Tensor];
  const layout = createLayout(slidingWindow({ left: 100, right: 0 }), { queryLength: 400, blockSize: 16 });
  return attentionCall('test', q, k, v, { layout, scale: 0.25 });
};

const outOf = async (runtime: Runtime): Promise<Float32Array> => (await forward(runtime, call()).out.data()) as Float32Array;

/** Calls until something goes wrong: a small call may be over before a worker wakes up. All results are to be right. */
async function callUntilWarned(runtime: Runtime, warn: MockInstance, expected: Float32Array): Promise<void> {
  const before = warn.mock.calls.length;
  for (let calls = 0; warn.mock.calls.length === before; calls++) {
    expect(calls).toBeLessThan(1000);
    expectClose(await outOf(runtime), expected, { atol: 0, rtol: 0 });
  }
}

const text = (of: string): number[] => [of.length, ...Buffer.from(of)];
const section = (kind: number, content: readonly number[]): number[] => [
  kind,
  (content.length & 127) | 128,
  content.length >> 7,
  ...content,
];

/** A module with the exports of the kernels, all of which are that one function. */
async function workersOf(body: readonly number[]): Promise<WebAssembly.Module> {
  const names = WebAssembly.Module.exports((await compileKernels()).sharedModule as WebAssembly.Module).map(({ name }) => name);
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0, 97, 115, 109, 1, 0, 0, 0],
      ...section(1, [1, 96, 4, 127, 127, 127, 127, 0]), // (i32, i32, i32, i32) -> ()
      ...section(2, [1, ...text('env'), ...text('memory'), 2, 3, 0, 0x80, 0x80, 4]), // shared, at most 65536 pages
      ...section(3, [1, 0]),
      ...section(7, [names.length, ...names.flatMap((name) => [...text(name), 0, 0])]),
      ...section(10, [1, body.length, ...body]),
    ]),
  );
}

const traps = [0, 0x00, 0x0b]; // unreachable
const hangs = [0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b]; // loop: br 0

describe('what goes wrong in a worker', () => {
  it('a kernel that traps there: the call is done again on one thread, the failure is told, and threads are started again', async () => {
    const expected = await outOf(await aloneOn());
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { runtime, threads } = await runtimeOn(3, { workerModule: await workersOf(traps) });
    await callUntilWarned(runtime, warn, expected);
    expect(warn.mock.calls).toEqual([
      ['wasm-backend: a kernel trapped in a worker, so that the call is done again on one thread; new threads are started.'],
    ]);
    expect(threads.reason).toBeUndefined();
    await expect.poll(() => threads.count).toBe(3);
  });

  it('after three failures one thread is used, and the reason is kept', async () => {
    const expected = await outOf(await aloneOn());
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { runtime, threads } = await runtimeOn(2, { workerModule: await workersOf(traps) });
    for (let failures = 0; failures < 3; failures++) {
      await expect.poll(() => threads.count).toBe(2);
      await callUntilWarned(runtime, warn, expected);
    }
    const why = 'a kernel trapped in a worker, so that the call is done again on one thread';
    expect(warn.mock.calls.at(-1)).toEqual([`wasm-backend: ${why}; one thread is used from now on, after 3 failures.`]);
    expect(threads.reason).toBe(`the threads failed 3 times, at last because ${why}`);
    expectClose(await outOf(runtime), expected, { atol: 0, rtol: 0 });
    expect(warn).toHaveBeenCalledTimes(3);
    expect(threads.count).toBe(1);
  });

  it('a worker that stops in the middle of its work is given up after a while, and the call is done again on one thread', async () => {
    const expected = await outOf(await aloneOn());
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { runtime } = await runtimeOn(2, { workerModule: await workersOf(hangs) });
    await callUntilWarned(runtime, warn, expected);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^wasm-backend: a worker made no progress in 2\d{3} ms, so that the call is done again on one thread; /)],
    ]);
  }, 30_000);

  it('a failed call leaves no tensors behind', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { runtime } = await runtimeOn(2, { workerModule: await workersOf(traps) });
    const own = call();
    while (warn.mock.calls.length === 0) {
      expect(await leaked(() => ({ ...forward(runtime, own) }))).toEqual({ tensors: 0, buffers: 0 });
    }
  });

  it('workers that are killed between calls are told of once, calls go on being right, and new ones come', async () => {
    const expected = await outOf(await aloneOn());
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { runtime, threads } = await runtimeOn(2);
    const pool = threads.pool;
    pool?.workers[0]?.kill();
    expectClose(await outOf(runtime), expected, { atol: 0, rtol: 0 }); // it may be at work, or gone
    await expect.poll(() => warn.mock.calls.length).toBe(1);
    expect(warn.mock.calls[0]?.[0]).toMatch(/^wasm-backend: a worker (ended with code 1|made no progress)/);
    await expect.poll(() => threads.pool !== pool && threads.count).toBe(2);
    expectClose(await outOf(runtime), expected, { atol: 0, rtol: 0 });
    expect(warn).toHaveBeenCalledTimes(1);
  });
});
