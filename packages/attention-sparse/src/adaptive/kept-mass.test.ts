import { createKey, normal, padding } from '@longspan/core-tensor';
import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import { dispose, tensor, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { attentionWeights } from '../attention/attention-weights.ts';
import { sparseAttention } from '../attention/sparse-attention.ts';
import { causal, everything, globalTokens, keyPadding, keysAt, nothing, perHead, slidingWindow } from '../mask/index.ts';
import { calibrate } from './calibrate.ts';
import { chooseMasks } from './choose-masks.ts';
import { keptMass } from './kept-mass.ts';

const [b, h, n, d, blockSize] = [2, 2, 12, 6, 4] as const;
const every = Array.from({ length: n }, (_, at) => at);
const candidates = [
  everything(),
  slidingWindow({ left: 2, right: 1 }).or(globalTokens([0])),
  perHead([keysAt([0, 5]), causal()]),
  nothing(),
];

const measuredRows = (queries: readonly number[], mask = everything()) => {
  const [q, k] = [normal(createKey('q'), [b, h, n, d]), normal(createKey('k'), [b, h, n, d])];
  const { out, logSumExp } = sparseAttention(q, k, zeros([b, h, n, 1]), { mask });
  const rows = attentionWeights(q, k, { mask, logSumExp, queries });
  dispose([out, logSumExp]);
  return { q, k, rows };
};

onBackends('keptMass and chooseMasks', () => {
  it('measure and choose what calibrate does, from rows of all queries', async () => {
    const { q, k, rows } = measuredRows(every);
    const measured = await keptMass(rows, { candidates, queries: every, length: n });
    for (const recall of [0.1, 0.5, 0.8, 1]) {
      const expected = await calibrate(q, k, { recall, candidates, blockSize });
      const found = chooseMasks([measured], { recall, candidates, length: n, blockSize });
      expect(found.heads.map(({ candidate }) => candidate)).toEqual(expected.heads.map(({ candidate }) => candidate));
      expect(found.mask.name).toBe(expected.mask.name);
      expect(found.visitedFraction).toBeCloseTo(expected.visitedFraction, 12);
      for (const [head, { measured: of }] of found.heads.entries()) {
        for (const value of ['recall', 'lowest'] as const) {
          expectClose(
            of.map((each) => each[value]),
            (expected.heads[head]?.measured ?? []).map((each) => each[value]),
            { atol: 1e-5, rtol: 0 },
          );
        }
      }
    }
    dispose([q, k, rows]);
  });

  it('count the rows of queries that are tokens and attend to anything', async () => {
    const hidden = padding([new Array<number>(n).fill(1), every.map((at) => (at < 3 ? 1 : 0))]);
    const { q, k, rows } = measuredRows([2, 7], keyPadding({ lengths: [n, 3] }));
    const measured = await keptMass(rows, { candidates, queries: [2, 7], length: n, padding: hidden });
    expect(measured.map((head) => head.map(({ queries }) => queries))).toEqual([
      [3, 3, 3, 3],
      [3, 3, 3, 3],
    ]);
    expect(measured.map((head) => head.map(({ kept }) => kept)[0])).toEqual([3, 3]);
    const [keys, weights] = [(await rows.keys.array()) as number[][][][], (await rows.weights.array()) as number[][][][]];
    const mask = candidates[1] as (typeof candidates)[number];
    const byHand = [
      [0, 0],
      [0, 1],
      [1, 0],
    ].reduce(
      (sum, [row, at]) =>
        sum +
        (keys[row as number]?.[1]?.[at as number] ?? []).reduce(
          (s, key, i) =>
            key >= 0 && mask.allows([2, 7][at as number] as number, key) ? s + (weights[row as number]?.[1]?.[at as number]?.[i] ?? 0) : s,
          0,
        ),
      0,
    );
    expect(measured[1]?.[1]?.kept).toBeCloseTo(byHand, 5);
    dispose([q, k, rows]);
  });

  it('leave no tensor behind', async () => {
    const { q, k, rows } = measuredRows([1]);
    const left = await leaked(async () => {
      await keptMass(rows, { candidates, queries: [1], length: n });
      return [];
    });
    expect(left).toEqual({ tensors: 0, buffers: 0 });
    dispose([q, k, rows]);
  });
});

describe('chooseMasks', () => {
  it('joins texts by their queries, and counts cost at the length that it is told', () => {
    const near = slidingWindow({ left: 4, right: 4 });
    const one = { kept: 1, queries: 10, lowest: 0.1 };
    const whole = { kept: 10, queries: 10, lowest: 1 };
    const many = { kept: 27, queries: 30, lowest: 0.5 };
    const all = { kept: 30, queries: 30, lowest: 1 };
    const options = { candidates: [near, everything()], length: 64, blockSize: 4 };
    const choose = (recall: number) => chooseMasks([[[one, whole]], [[many, all]]], { ...options, recall });
    expect(choose(0.7).heads[0]).toMatchObject({ candidate: 0, recall: 0.7, lowest: 0.1, visitedBlocks: 46, reached: true });
    expect(choose(0.71).heads[0]).toMatchObject({ candidate: 1, visitedBlocks: 256 });
    const two = chooseMasks(
      [
        [
          [one, whole],
          [whole, whole],
        ],
      ],
      { ...options, recall: 0.9 },
    );
    expect(two.mask.name).toBe(`perHead([everything(), ${near.name}])`);
    expect(two.visitedFraction).toBe((256 + 46) / 512);
    expect(chooseMasks([[[one]]], { ...options, candidates: [near], recall: 0.9 })).toMatchObject({ reached: false });
  });

  const measured = [[[{ kept: 1, queries: 1, lowest: 1 }]]];
  const sizes = { length: 8, recall: 0.9 };
  it.each<[object, unknown, string]>([
    [{ ...sizes, candidates: [everything()], recall: 2 }, measured, 'chooseMasks: recall must be in (0, 1].'],
    [{ ...sizes, candidates: [] }, measured, 'chooseMasks: candidates must hold at least one mask.'],
    [{ ...sizes, candidates: new Float32Array(1) }, measured, 'chooseMasks: candidates must hold at least one mask.'],
    [{ ...sizes, candidates: [everything()] }, [new Array(1)], 'chooseMasks: measured must hold'],
    [{ ...sizes, candidates: [everything()] }, [[new Array(1)]], 'chooseMasks: measured must hold'],
    [{ ...sizes, candidates: [everything()] }, new Array(1), 'chooseMasks: measured must hold'],
    [
      { ...sizes, candidates: [everything(), causal()] },
      measured,
      'chooseMasks: measured must hold what keptMass gave of each text.\n  expected  one text or more; of each as many heads, and of each head 2 (as many as candidates)',
    ],
    [
      { ...sizes, candidates: [keyPadding({ lengths: [1, 2] })] },
      measured,
      'chooseMasks: a mask must be made for this number of batch rows.',
    ],
    [{ ...sizes, candidates: [everything()] }, [], 'chooseMasks: measured must hold'],
  ])('refuses %j', (options, given, words) => {
    expect(() => chooseMasks(given as typeof measured, options as never)).toThrow(words);
  });

  it('keptMass refuses queries that are not those of the rows', async () => {
    const rows = { keys: tensor([0], [1, 1, 1, 1], 'int32'), weights: tensor([1], [1, 1, 1, 1]) };
    const ask = (queries: readonly number[]) => keptMass(rows, { candidates: [everything()], queries, length: 3 });
    await expect(ask([0, 1])).rejects.toThrow(
      'keptMass: queries must be the positions of the rows.\n  expected  1 integers of 0 … 2  (set by rows and length)\n  got       [0,1]',
    );
    await expect(ask([3])).rejects.toThrow('keptMass: queries must be the positions of the rows.');
    dispose(rows);
  });
});
