import { createLayout, slidingWindow } from '@longspan/attention-sparse';
import { createKey, interruptible, normal, packWeight } from '@longspan/core-tensor';
import { type AttentionCall, attentionCall } from '@longspan/core-tensor/kernel';
import { expectClose, watchHeap } from '@longspan/tooling/expect';
import { dispose, memory, type Tensor } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { backward } from '../src/kernels/contract/block-sparse-attention/backward.ts';
import { forward } from '../src/kernels/contract/block-sparse-attention/forward.ts';
import { packedLinear } from '../src/kernels/contract/packed-linear/packed-linear.ts';
import { matMul } from '../src/kernels/stock/mat-mul/mat-mul.ts';
import type { Runtime } from '../src/runtime/runtime.ts';
import { aloneOn, closeThreads, restartBackend, runtimeOn } from './runtime-on.ts';

afterEach(() => {
  closeThreads();
  vi.restoreAllMocks();
});

const call = (): AttentionCall => {
  const [q, k, v] = ['q', 'k', 'v'].map((name) => normal(createKey(name), [1, 3, 400, 16])) as [Tensor, Tensor, Tensor];
  const layout = createLayout(slidingWindow({ left: 100, right: 0 }), { queryLength: 400, blockSize: 16 });
  return attentionCall('test', q, k, v, { layout, scale: 0.25 });
};

class Stopped extends Error {}

/**
 * Runs that are ended at some of their points, each of which leaves nothing behind and is right when it is run again.
 * @param leastPoints of the calling thread: alone it comes to each block of rows, of several it may come to the first range only
 */
async function endEverywhere(runtime: Runtime, leastPoints = 1): Promise<void> {
  const attention = call();
  const { out, logSumExp, roundedOff } = forward(runtime, attention);
  const cotangents = { out, logSumExp, roundedOff, outCotangent: out, logSumExpCotangent: logSumExp };
  const [a, b] = [normal(createKey('a'), [700, 300]), normal(createKey('b'), [300, 40])];
  const packed = await Promise.all((['float16', 'int8'] as const).map((kind) => packWeight(normal(createKey(kind), [40, 300]), kind)));
  const runs: readonly (() => readonly (Tensor | null)[])[] = [
    () => Object.values(forward(runtime, attention)) as Tensor[],
    () => backward(runtime, attention, cotangents as Parameters<typeof backward>[2]),
    () => [matMul(runtime, { inputs: { a, b }, attrs: { transposeA: false, transposeB: false } }) as Tensor],
    ...packed.map((weight) => () => [packedLinear(runtime, a, { ...weight, width: 300 }, undefined)]),
  ];
  for (const run of runs) {
    const expected = await Promise.all(run().map((each) => each?.data()));
    let points = 0;
    dispose(interruptible(() => void points++, run).filter((each) => each !== null));
    expect(points).toBeGreaterThanOrEqual(leastPoints);
    const held = watchHeap();
    const before = memory().numTensors;
    for (let at = 0; at < points; at += Math.ceil(points / 8)) {
      let seen = 0;
      const stopped = () =>
        interruptible(() => {
          if (seen++ >= at) throw new Stopped();
        }, run);
      try {
        dispose(stopped().filter((each) => each !== null)); // threads share points: fewer may come to this one
      } catch (error) {
        expect(error).toBeInstanceOf(Stopped);
      }
      expect([memory().numTensors, held().count]).toEqual([before, 0]);
    }
    const again = run();
    for (const [at, each] of again.entries())
      expectClose((await each?.data()) ?? [], (expected[at] ?? []) as Float32Array, { atol: 0, rtol: 0 });
    dispose(again.filter((each) => each !== null));
  }
}

describe('a run of kernels that is ended', () => {
  it('on one thread', async () => endEverywhere(await aloneOn(), 5));

  it.each([
    { memory: 'in place', shared: true },
    { memory: 'in copies', shared: false },
  ])('on three threads, $memory: they are idle again, and none was lost', async ({ shared }) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await restartBackend(shared);
    const { runtime, threads } = await runtimeOn(3);
    expect(threads.copies).toBe(!shared);
    await endEverywhere(runtime);
    expect([threads.count, threads.reason]).toEqual([3, undefined]);
    expect(warn).not.toHaveBeenCalled();
  });
});
