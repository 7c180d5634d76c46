import { denseAttention } from '@longspan/attention-sparse';
import { createKey, normal } from '@longspan/core-tensor';
import { expectClose, leaked, withBackend } from '@longspan/tooling/expect';
import { register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers tfjs's gradients
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExpression } from '../src/expression/read-expression.ts';
import { type RacerId, racerIds } from '../src/views/race/racer.ts';
import { racerCall } from '../src/views/race/racer-calls.ts';
import { masksAt } from '../src/views/race/racer-sizes.ts';
import { racerOf } from '../src/views/race/racers.ts';

type Three = [tf.Tensor, tf.Tensor, tf.Tensor];
const [heads, headDim] = [2, 8];
const inputs = (length: number): Three => ['q', 'k', 'v'].map((name) => normal(createKey(name), [1, heads, length, headDim])) as Three;
const own = 'slidingWindow({ left: 9 }).and(causal())';
const maskOf = (id: RacerId, length: number, causal: boolean): string | undefined =>
  id === 'own' ? own : racerOf(id).mask?.(masksAt({ length, causal }));

const each = racerIds.flatMap((id) => [true, false].map((causal) => [id, causal] as const));

describe('racers', () => {
  let unregister = (): void => undefined;
  beforeAll(async () => {
    await withBackend('wasm');
    ({ unregister } = await register({ threads: 1 }));
  });
  afterAll(() => unregister());

  it.each(each)('%s, causal %s: numbers of the right shape, gradients of all it reads, and nothing is left behind', async (id, causal) => {
    for (const length of [256, 512]) {
      const given = inputs(length);
      const call = racerCall(id, { length, heads, headDim, causal }, own, given);
      const read = call.reads ?? [0, 1, 2];
      const of = (...some: tf.Tensor[]): tf.Tensor =>
        call.run(...(given.map((tensor, at) => (read.includes(at) ? some[read.indexOf(at)] : tensor)) as Three));
      const out = tf.tidy(() => call.run(...given));
      expect(out.size).toBe(length * heads * headDim);
      expect((await out.data()).every(Number.isFinite)).toBe(true);
      const chosen = read.map((at) => given[at] as tf.Tensor);
      const gradients = tf.grads((...some: tf.Tensor[]) => tf.sum(of(...some)))(chosen);
      for (const [at, gradient] of gradients.entries()) {
        expect(gradient.shape).toEqual(chosen[at]?.shape);
        expect((await gradient.data()).some((value) => value !== 0)).toBe(true);
      }
      expect(await leaked(() => tf.tidy(() => call.run(...given)))).toEqual({ tensors: 0, buffers: 0 });
      call.dispose();
      tf.dispose([...given, out, ...gradients]);
    }
  });

  it.each(each.filter(([id]) => maskOf(id, 512, true) !== undefined))('%s, causal %s, is attention under its mask', async (id, causal) => {
    const length = 512;
    const given = inputs(length);
    const read = readExpression(maskOf(id, length, causal) as string);
    if (!('mask' in read)) throw new Error(read.problem.message);
    const call = racerCall(id, { length, heads, headDim, causal }, own, given);
    expect(call.kernel).toMatch(/^wasm/);
    const truth = denseAttention(...given, { mask: read.mask });
    expectClose(await call.run(...given).data(), await truth.out.data(), { atol: 1e-5, rtol: 1e-4 });
  });

  it('a mask that is none is refused by the sentence of the editor', () => {
    expect(() => racerCall('own', { length: 256, heads, headDim, causal: true }, 'nonsense()', inputs(256))).toThrow('nonsense');
  });
});
