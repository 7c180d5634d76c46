import { createKey, normal, padding } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { grad, sum, tensor2d, tensor3d } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { poolingConfig, poolTokens, unitLength } from './index.ts';
import { type PoolingMode, poolingModes } from './token-weights.ts';

/** The definitions, token by token. */
function byHand(mode: PoolingMode, tokens: readonly (readonly number[])[], marks: readonly number[]): readonly number[] {
  const real = tokens.filter((_, at) => marks[at] === 1);
  const width = tokens[0]?.length ?? 0;
  const over = (of: (values: readonly number[]) => number) =>
    Array.from({ length: width }, (_, at) => of(real.map((row) => row[at] as number)));
  const total = (values: readonly number[]) => values.reduce((found, each) => found + each, 0);
  const ranks = marks.flatMap((mark, where) => (mark === 1 ? [where] : []));
  const shares = ranks.map((rank) => rank - (ranks[0] as number) + 1);
  if (real.length === 0) return over(() => 0);
  switch (mode) {
    case 'cls':
      return real[0] as readonly number[];
    case 'lasttoken':
      return real.at(-1) as readonly number[];
    case 'max':
      return over((values) => Math.max(...values));
    case 'mean':
      return over((values) => total(values) / values.length);
    case 'mean_sqrt_len_tokens':
      return over((values) => total(values) / Math.sqrt(values.length));
    case 'weightedmean':
      return over((values) => total(values.map((value, at) => value * (shares[at] as number))) / total(shares));
  }
}

onBackends('poolTokens', () => {
  it('is each definition, wherever padding stands', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.constantFrom(...poolingModes), { minLength: 1 }),
        fc.array(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
        async (modes, marks) => {
          const tokens = normal(createKey('tokens'), [marks.length, 5, 3]);
          const rows = (await tokens.array()) as number[][][];
          const expected = marks.map((row, at) => modes.flatMap((mode) => [...byHand(mode, rows[at] as number[][], row)]));
          expectClose(await poolTokens(tokens, { modes, padding: padding(marks) }).data(), await tensor2d(expected).data(), {
            atol: 1e-6,
            rtol: 1e-6,
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('a prompt does not count, from the first token on; the first token itself stays that of cls', async () => {
    const tokens = tensor3d([1, 2, 3, 4], [1, 4, 1]);
    const marks = padding([[0, 1, 1, 1]]);
    expect(Array.from(await poolTokens(tokens, { modes: ['mean', 'cls'], padding: marks, promptLength: 1 }).data())).toEqual([3.5, 2]);
  });

  it('unitLength of zeros is zeros, and its gradient finite', async () => {
    const zero = tensor2d([[0, 0]]);
    expect(Array.from(await unitLength(zero).data())).toEqual([0, 0]);
    const slope = await grad((x) => sum(unitLength(x)))(zero).data();
    expect(slope.every(Number.isFinite)).toBe(true);
  });

  it('leaves no tensor', async () => {
    const tokens = normal(createKey('tokens'), [2, 5, 3]);
    const pool = () =>
      poolTokens(tokens, {
        modes: [...poolingModes],
        padding: padding([
          [1, 1, 1, 0, 0],
          [0, 0, 0, 0, 0],
        ]),
      });
    expect(await leaked(pool)).toEqual({ tensors: 0, buffers: 0 });
  });
});

it('poolingConfig reads both layouts, and says what it cannot read', () => {
  const old = { word_embedding_dimension: 12, pooling_mode_cls_token: true, pooling_mode_mean_tokens: true, include_prompt: false };
  expect(poolingConfig(old)).toEqual({ width: 12, modes: ['cls', 'mean'], includePrompt: false });
  expect(poolingConfig({ embedding_dimension: 12, pooling_mode: ['max', 'cls'] }).modes).toEqual(['max', 'cls']);
  expect(() => poolingConfig({ pooling_mode: 'median' })).toThrow(
    [
      'poolingConfig: the config must choose modes of pooling, each once.',
      '  expected  one or more of cls, max, mean, mean_sqrt_len_tokens, weightedmean, lasttoken',
      '  got       "median"',
      "  remedy    check 1_Pooling/config.json: it must be sentence-transformers'.",
    ].join('\n'),
  );
  expect(() => poolingConfig({ pooling_mode: Object.assign([], { length: 1e9 }) })).toThrow(/choose modes/); // at once
  expect(() => poolingConfig({ pooling_mode_mean_tokens: false })).toThrow(/choose modes/);
  expect(() => poolingConfig({ word_embedding_dimension: 12 })).toThrow(/choose modes/);
  expect(() => poolingConfig({ pooling_mode_median_tokens: true })).toThrow(/every mode must be one that is known/);
});
