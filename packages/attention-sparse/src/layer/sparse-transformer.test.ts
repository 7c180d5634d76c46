import { ConfigError, chain, createKey, linear, normal, type Parameters, padding, paddingOfLengths, residual } from '@longspan/core-tensor';
import { recomputedLayer } from '@longspan/reversible';
import { definedLayer, expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { concat, dispose, grads, slice, sum, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectSameGradients } from '../../test/same-gradients.ts';
import { type SparsePattern, sparseTransformerAttention } from './sparse-transformer.ts';

const names = ['query', 'key', 'value', 'output'];
const close = { atol: 2e-5, rtol: 1e-4 };

const lively = (width: number): Parameters =>
  Object.fromEntries(
    names.flatMap((name) => [
      [`${name}.weight`, normal(createKey(`${name} weight`), [width, width], { standardDeviation: 0.6 })],
      [`${name}.bias`, normal(createKey(`${name} bias`), [width])],
    ]),
  );

const patterns: readonly SparsePattern[] = [
  { kind: 'strided', stride: 5 },
  { kind: 'fixed', stride: 6, summary: 2 },
];
const combinations = patterns.flatMap((pattern) =>
  (['merged', 'perHead', 'near', 'far'] as const).map((part) => ({ pattern, part, label: `${pattern.kind}, ${part}` })),
);

onBackends('sparseTransformerAttention', () => {
  it.each(combinations)('$label: follows the paper pair by pair, with hidden keys', async ({ pattern, part }) => {
    const [parameters, hidden] = [lively(6), normal(createKey('tokens'), [2, 29, 6])];
    const keyMask = [0, 1].map((row) => Array.from({ length: 29 }, (_, at) => (row === 1 && at % 4 === 1 ? 0 : 1)));
    const out = sparseTransformerAttention({ width: 6, heads: 3, pattern, parts: part, blockSize: 8 }).apply(parameters, hidden, {
      padding: padding(keyMask),
    });
    const expected = await definedLayer(parameters, [hidden], (weights, x) =>
      reference.sparseTransformerAttention(weights, x as Tensor, { heads: 3, pattern, parts: part, marks: keyMask }),
    );
    expectClose(await out.data(), expected, close);
    dispose([parameters, hidden, out]);
  });

  it('causal: a later token changes no output before it', async () => {
    const [parameters, one, other] = [lively(6), normal(createKey(1), [1, 23, 6]), normal(createKey(2), [1, 23, 6])];
    const mixed = concat([slice(one, [0, 0, 0], [1, 13, 6]), slice(other, [0, 13, 0])], 1);
    for (const pattern of patterns) {
      const layer = sparseTransformerAttention({ width: 6, heads: 2, pattern });
      const [a, b] = await Promise.all([one, mixed].map((hidden) => slice(layer.apply(parameters, hidden), [0, 0, 0], [1, 13, 6]).data()));
      expectClose(a as Float32Array, b as Float32Array, { atol: 1e-6, rtol: 1e-6 });
    }
  });

  it('stands in a chain and a residual sum, and recomputed has the same gradients', async () => {
    const model = chain({
      attention: residual(sparseTransformerAttention({ width: 6, heads: 2, pattern: { kind: 'fixed', stride: 4, summary: 1 } })),
      end: linear({ inFeatures: 6, outFeatures: 2 }),
    });
    await expectSameGradients(model, recomputedLayer(model), normal(createKey('chain'), [2, 13, 6]), {
      padding: paddingOfLengths([13, 9]),
    });
  });

  it('leaves no tensor behind, forward, backward, and when it throws', async () => {
    const [parameters, hidden] = [lively(6), normal(createKey('leaks'), [2, 21, 6])];
    const layer = sparseTransformerAttention({ width: 6, heads: 2, pattern: { kind: 'strided', stride: 4 }, parts: 'perHead' });
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => layer.apply(parameters, hidden))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply(parameters, x)))([hidden]))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply({}, x)))([hidden]))).toEqual(none);
  });
});

describe('sparseTransformerAttention', () => {
  it('names itself, and the nearest name of its context', () => {
    const layer = sparseTransformerAttention({ width: 4, heads: 2, pattern: { kind: 'strided', stride: 3 } });
    const context = { padings: undefined } as object;
    expect(() => layer.apply(layer.init(createKey(0)), zeros([1, 3, 4]), context)).toThrow('sparseTransformerAttention: every name');
    expect(() => sparseTransformerAttention({ width: 5, heads: 2, pattern: { kind: 'strided', stride: 3 } })).toThrow('width a multiple');
  });

  it('refuses a summary that is longer than the stride', () => {
    expect(() => sparseTransformerAttention({ width: 4, heads: 2, pattern: { kind: 'fixed', stride: 4, summary: 5 } })).toThrow(
      new ConfigError({
        caller: 'sparseTransformerAttention',
        problem: 'pattern.summary must be at most pattern.stride.',
        expected: 'from 1 to 4 tokens (pattern.stride)',
        got: '5',
        remedy: 'use a few of the last tokens of each stride: the paper takes 8 of 128.',
      }),
    );
  });
});
