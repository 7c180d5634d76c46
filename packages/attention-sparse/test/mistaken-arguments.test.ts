import { attentionDropout, createKey, linear, type ScoreTerm, softCap } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { ones, type Tensor, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  blockMass,
  blockTopK,
  causal,
  explain,
  localAttention,
  longformerAttention,
  type Mask,
  mobaAttention,
  routingCentroids,
  sparseAttention,
  topKAttention,
} from '../src/index.ts';

// The slips that users of this field report: each says what was meant.
beforeAll(() => withBackend('cpu'));

const x = () => ones([1, 2, 4, 8]);
const attend = (options: object) => () => sparseAttention(x(), x(), x(), options);

describe('a mask', () => {
  it('that was not called says to call it', () => {
    expect(attend({ mask: causal as unknown as Mask })).toThrow(
      'sparseAttention: mask must be a mask.\n  expected  a mask\n  got       a function\n  remedy    call it: causal().',
    );
  });

  it.each([
    ['a tensor', () => ones([4, 4])],
    [
      'a nested list',
      () => [
        [1, 0],
        [1, 1],
      ],
    ],
  ])('that is %s says that a rule is wanted, and keyPadding', (_, mask) => {
    expect(attend({ mask: mask() })).toThrow('sparseAttention: mask must be a mask.');
    expect(attend({ mask: mask() })).toThrow(
      'give a rule and not a table: causal(), slidingWindow({ left, right }), keyPadding({ lengths }) (in layers: padding(rows)), or mask(',
    );
  });
});

it('padding that is a tensor says that a host list is wanted, and how to get it', () => {
  const layer = longformerAttention({ width: 4, heads: 2, window: { left: 1, right: 1 } });
  const context = { padding: tensor2d([[1, 1, 0]]) } as never;
  expect(() => layer.apply(layer.init(createKey(0)), ones([1, 3, 4]), context)).toThrow('padding(await attentionMask.array())');
});

describe('score terms', () => {
  it('without their list say to put them into one', () => {
    expect(attend({ score: softCap(5) })).toThrow(
      'sparseAttention: score must be a list of score terms.\n' +
        '  expected  [alibi(slopes), softCap(50), …]\n' +
        '  got       the term softCap alone\n' +
        '  remedy    write score: [softCap(…)].',
    );
  });

  it.each<[string, unknown, string]>([
    ['null', null, 'null at index 0'],
    ['an unknown kind', { kind: 'softcap', cap: 5 }, 'did you mean softCap?'],
    ['a term that was not called', softCap, 'call it with its arguments: softCap(50).'],
  ])('of %s are an error', (_, term, words) => {
    expect(attend({ score: [term as ScoreTerm] })).toThrow('sparseAttention: every element of score must be a score term.');
    expect(attend({ score: [term as ScoreTerm] })).toThrow(words);
  });

  it('check their own numbers', () => {
    expect(() => softCap(Number.POSITIVE_INFINITY)).toThrow('softCap: cap must be a finite number above 0.');
    expect(() => attentionDropout({ key: createKey(0), rate: 1 })).toThrow('attentionDropout: rate must be 0 ≤ rate < 1.');
  });
});

describe('options', () => {
  it.each([null, 5, 'x', []])('that are %o are an error', (options) => {
    expect(() => explain(x(), x(), x(), options as object)).toThrow('explain: options must be given as a record.');
  });

  it.each([{ selected: null }, { blockSize: 2 ** 53 }, { blockSize: Number.NaN }, { scale: '1' }, { queryOffset: 0.5 }])(
    '%o are an error',
    (options) => {
      expect(attend(options)).toThrow('sparseAttention: ');
    },
  );
});

describe('empty inputs', () => {
  it.each([
    ['no batch rows', [0, 2, 4, 8]],
    ['no heads', [1, 0, 4, 8]],
    ['no tokens', [1, 2, 0, 8]],
    ['no features', [1, 2, 4, 0]],
  ])('%s are an error of attention', (_, shape) => {
    const empty = zeros(shape as [number, number, number, number]);
    expect(() => sparseAttention(empty, empty, empty)).toThrow('sparseAttention: every axis must have at least one element.');
  });

  it('no keys are an error', () => {
    const none = zeros([1, 2, 0, 8]);
    expect(() => sparseAttention(x(), none, none)).toThrow('expected  nk of at least 1');
  });

  it.each<[string, (q: Tensor) => unknown]>([
    ['topKAttention', (q) => topKAttention(q, q, q, { topK: 1 })],
    ['mobaAttention', (q) => mobaAttention(q, q, q, { topK: 1 })],
    ['localAttention', (q) => localAttention(q, q, q, { bucketSize: 2 })],
    ['blockTopK', (q) => blockTopK(q, q, { topK: 1 })],
    ['blockMass', (q) => blockMass(q, q)],
    ['routingCentroids', (q) => routingCentroids(q, { clusters: 1 })],
  ])('are an error of %s', (name, call) => {
    for (const shape of [
      [0, 2, 4, 8],
      [1, 2, 0, 8],
    ] as [number, number, number, number][])
      expect(() => call(zeros(shape))).toThrow(`${name}: every axis must have at least one element.`);
  });

  it.each<[string, (q: Tensor, v: Tensor) => unknown]>([
    ['sparseAttention', (q, v) => sparseAttention(q, q, v)],
    ['topKAttention', (q, v) => topKAttention(q, q, v, { topK: 1 })],
    ['mobaAttention', (q, v) => mobaAttention(q, q, v, { topK: 1, blockSize: 2 })],
    ['localAttention', (q, v) => localAttention(q, q, v, { bucketSize: 2 })],
  ])('values without features are an error of %s', (name, call) => {
    expect(() => call(x(), zeros([1, 2, 4, 0]))).toThrow(`${name}: every axis must have at least one element.`);
  });

  it('are an error of a layer', () => {
    const layer = linear({ inFeatures: 4, outFeatures: 2 });
    const apply = (given: Tensor) => () => layer.apply(layer.init(createKey(0)), given);
    expect(apply(zeros([0, 4]))).toThrow('linear: every axis must have at least one element.');
    expect(apply(zeros([2, 0, 4]))).toThrow('expected  axis 1 of x of at least 1');
  });
});
