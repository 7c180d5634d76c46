import { expectClose, withBackend } from '@longspan/tooling/expect';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers tfjs's gradients
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { branchKinds } from '../src/views/undo/branch-kinds.ts';
import { ways } from '../src/views/undo/trace.ts';
import { measureHeld, measureRebuilt, measureTimes, trainingStep } from '../src/views/undo/undo-work.ts';

const size = { length: 128, width: 8, kind: 'transformer', gain: 1 } as const;

describe('the stacks of Undo', () => {
  let unregister = (): void => undefined;
  beforeAll(async () => {
    await withBackend('wasm');
    ({ unregister } = await register({ threads: 1 }));
  });
  afterAll(() => unregister());

  it.each(branchKinds)('%s: gradients are the same in each way, by their norm', async (kind) => {
    const request = { depth: 3, size: { ...size, kind }, keepEvery: 0 };
    const [stored, ...others] = ways.map((way) => trainingStep(way, request));
    const truth = Object.values(stored?.run() ?? {});
    for (const other of others) {
      const found = Object.values(other.run());
      expect(found.length).toBe(truth.length);
      for (const [at, gradient] of found.entries()) {
        const [a, b] = [gradient, truth[at] as tf.Tensor];
        const distance = tf.div(tf.norm(tf.sub(a, b)), tf.add(tf.norm(b), 1e-6));
        expect((await distance.data())[0]).toBeLessThan(1e-3);
      }
    }
  });

  it('held at the peak: with the depth where it is stored, less where it is computed again, the same where it is reversible', () => {
    const at = (depth: number) => ways.map((way) => measureHeld(way, { depth, size, keepEvery: 0 }).activations);
    const [shallow, deep] = [at(2), at(8)] as [number[], number[]];
    const grew = deep.map((bytes, way) => bytes / (shallow[way] as number));
    expect(grew[0]).toBeGreaterThan(3);
    expect(grew[0]).toBeLessThan(4.2);
    expect(grew[1]).toBeGreaterThan(1.1);
    expect(grew[1]).toBeLessThan(grew[0] as number);
    expect(grew[2]).toBeGreaterThan(0.8);
    expect(grew[2]).toBeLessThan(1.15);
  });

  it('errors grow from the last block to the first, stay at rounding, and begin again at streams that are kept', async () => {
    const free = await measureRebuilt({ depth: 6, size, keepEvery: 0 });
    expect(free.largest.length).toBe(6);
    expect(free.largest[0]).toBeGreaterThan(free.largest[5] as number);
    expect(free.largest[0]).toBeLessThan(1e-4);
    const kept = await measureRebuilt({ depth: 6, size, keepEvery: 3 });
    expect(kept.largest.slice(3)).toEqual(free.largest.slice(3));
    expect(kept.largest[2]).toBeLessThan(free.largest[2] as number);
  });

  it('stronger branches lose more of what they are added to', async () => {
    const at = async (gain: number) => (await measureRebuilt({ depth: 4, size: { ...size, kind: 'tanh', gain }, keepEvery: 0 })).largest[0];
    const [weak, strong] = [await at(1), await at(1000)] as [number, number];
    expect(strong / weak).toBeGreaterThan(20);
  });

  it('hashed attention is undone with the buckets it had', async () => {
    const { largest } = await measureRebuilt({ depth: 3, size: { ...size, kind: 'lsh' }, keepEvery: 0 });
    expect(Math.max(...largest)).toBeLessThan(1e-4);
  });

  it('times all ways', async () => {
    const { milliseconds, rounds } = await measureTimes({ depth: 2, size, keepEvery: 0 });
    expect(rounds).toBe(5);
    expectClose(
      ways.map((way) => Number(milliseconds[way] > 0 && milliseconds[way] < 60_000)),
      [1, 1, 1],
      { atol: 0, rtol: 0 },
    );
  });

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    measureHeld('reversible', { depth: 2, size, keepEvery: 0 });
    await measureRebuilt({ depth: 2, size: { ...size, kind: 'lsh' }, keepEvery: 0 });
    await measureTimes({ depth: 1, size, keepEvery: 1 });
    expect(tf.memory().numTensors).toBe(before);
  });
});
