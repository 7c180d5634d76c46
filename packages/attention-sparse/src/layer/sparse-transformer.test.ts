import { ConfigError, createKey, normal, type Parameters } from '@longspan/core-tensor';
import { definedLayer, expectClose, leaked, livelyLayers, onBackends } from '@longspan/tooling/expect';
import * as reference from '@longspan/tooling/reference';
import { concat, dispose, grads, slice, sum, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type SparsePattern, sparseTransformerAttention } from './sparse-transformer.ts';

const names = ['query', 'key', 'value', 'output'];
const close = { atol: 2e-5, rtol: 1e-4 };

const lively = (width: number): Parameters => livelyLayers(names, width);

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
    const out = sparseTransformerAttention({ width: 6, heads: 3, pattern, parts: part, blockSize: 8 }).apply(parameters, {
      hidden,
      keyMask,
    });
    const expected = await definedLayer(parameters, [hidden], (weights, hidden) =>
      reference.sparseTransformerAttention(weights, hidden as Tensor, { heads: 3, pattern, parts: part, marks: keyMask }),
    );
    expectClose(await out.data(), expected, close);
    dispose([parameters, hidden, out]);
  });

  it('causal: a later token changes no output before it', async () => {
    const [parameters, one, other] = [lively(6), normal(createKey(1), [1, 23, 6]), normal(createKey(2), [1, 23, 6])];
    const mixed = concat([slice(one, [0, 0, 0], [1, 13, 6]), slice(other, [0, 13, 0])], 1);
    for (const pattern of patterns) {
      const layer = sparseTransformerAttention({ width: 6, heads: 2, pattern });
      const [a, b] = await Promise.all(
        [one, mixed].map((hidden) => slice(layer.apply(parameters, { hidden }), [0, 0, 0], [1, 13, 6]).data()),
      );
      expectClose(a as Float32Array, b as Float32Array, { atol: 1e-6, rtol: 1e-6 });
    }
  });

  it('leaves no tensor behind, forward, backward, and when it throws', async () => {
    const [parameters, hidden] = [lively(6), normal(createKey('leaks'), [2, 21, 6])];
    const layer = sparseTransformerAttention({ width: 6, heads: 2, pattern: { kind: 'strided', stride: 4 }, parts: 'perHead' });
    const none = { tensors: 0, buffers: 0 };
    expect(await leaked(() => layer.apply(parameters, { hidden }))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply(parameters, { hidden: x })))([hidden]))).toEqual(none);
    expect(await leaked(() => grads((x: Tensor) => sum(layer.apply({}, { hidden: x })))([hidden]))).toEqual(none);
  });
});

describe('sparseTransformerAttention', () => {
  it('refuses a summary that is longer than the stride', () => {
    expect(() => sparseTransformerAttention({ width: 4, heads: 2, pattern: { kind: 'fixed', stride: 4, summary: 5 } })).toThrow(
      new ConfigError({
        caller: 'sparseTransformerAttention',
        problem: 'pattern.summary is larger than pattern.stride.',
        expected: 'from 1 to 4 tokens (pattern.stride)',
        got: '5',
        remedy: 'use a few of the last tokens of each stretch: the paper takes 8 of 128.',
      }),
    );
  });
});
