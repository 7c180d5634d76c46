import {
  bigBird,
  blockDiagonal,
  causal,
  createLayout,
  dilatedWindow,
  documents,
  globalTokens,
  keyPadding,
  nothing,
  perHead,
  prefix,
  slidingWindow,
  strided,
} from '@longspan/attention-sparse';
import {
  alibi,
  attentionDropout,
  attentionSink,
  bias,
  blockBias,
  cellBias,
  createKey,
  distanceBias,
  keyLengths,
  originalPositions,
  relativePositions,
  softCap,
  spanRamp,
} from '@longspan/core-tensor';
import { tensor, tensor1d } from '@tensorflow/tfjs-core';
import type { ConformanceCall } from './call.ts';
import { at, cross, learned, plain, sizes, window } from './named-call.ts';
import { unusualNumbers } from './unusual-numbers.ts';

const { b, h, nq, nk, d } = sizes;
const shuffled = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => (i * 17 + 5) % count);
const windowLayout = createLayout(window, { queryLength: nq, keyLength: nk, blockSize: 8 });

/** Calls that go wrong first: every layout form, every score term, every edge. */
export const hardCalls: readonly ConformanceCall[] = [
  plain('window', window),
  plain('everything, one head, d a multiple of 4', prefix({ length: 1000 }), { h: 1, hkv: 1, d: 8, dv: 8 }),
  plain('one token', causal(), { nq: 1, nk: 1 }),
  plain('one query of many keys', causal(), { nq: 1, nk: 40 }),
  plain('length of exactly two blocks', causal(), { nq: 16, nk: 16 }),
  plain('length of two blocks and one token', causal(), { nq: 17, nk: 17 }),
  plain('length of two blocks less one token', causal(), { nq: 15, nk: 15 }),
  plain('block size that is no multiple of 32, larger than the sequence', causal(), {}, undefined, () => ({ blockSize: 50 })),
  plain('block size 1', window, { nq: 9, nk: 9 }, undefined, () => ({ blockSize: 1 })),
  plain('block size 64', causal(), { nq: 130, nk: 130 }, undefined, () => ({ blockSize: 64 })),
  plain('fewer queries than keys', slidingWindow({ left: 12, right: 0 }).or(globalTokens([2])), { nq: cross.nq, nk: cross.nk }),
  plain('more queries than keys', causal(), { nq: 51, nk: 23 }),
  plain('fully masked rows', causal().and(prefix({ length: 5 }).not())),
  plain('every row fully masked', nothing()),
  plain('a batch row of padding only', keyPadding({ lengths: [0, 29] }).and(window)),
  plain('grouped-query heads', causal(), { h: 6, hkv: 2 }),
  plain('multi-query heads', window, { h: 3, hkv: 1 }),
  plain('a mask per head', perHead([causal(), window, blockDiagonal({ blockSize: 7 })])),
  plain('a mask per head, grouped-query', dilatedWindow({ left: 3, right: 1, dilation: [1, 2, 3, 5] }), { h: 4, hkv: 2 }),
  plain(
    'a mask per batch row',
    documents([Array.from({ length: nq }, (_, i) => Math.floor(i / 9)), Array.from({ length: nq }, (_, i) => Math.floor(i / 5))]).and(
      causal(),
    ),
  ),
  plain('global rows of full width', globalTokens([0, 20]).or(slidingWindow({ left: 2, right: 2 })), { nq: 90, nk: 90 }),
  plain('strided', strided({ stride: 6 })),
  plain(
    'random blocks',
    bigBird({ blockSize: 5, windowBlocks: 0, globalBlocks: [1], randomBlocks: [[3, 4], [0, 2], [6], [7], [2], [1], [0], [5]] }),
  ),
  plain('a scale of its own', causal(), {}, undefined, () => ({ scale: 1.7 })),
  {
    ...plain('logits of 1e4, also where hidden', window, {}, undefined, () => ({ scale: 3e3 })),
    tolerance: { forward: { atol: 2e-3, rtol: 2e-3 }, backward: { atol: 2e-3, rtol: 2e-3 } },
  },
  learned('bias per batch row and head', [[b, h, nq, nk]], (t) => [bias(at(t, 0))]),
  learned('bias shared by all', [[1, 1, nq, nk]], (t) => [bias(at(t, 0))]),
  learned('bias tileIndices of the layout', [[windowLayout.indices.length, 8, 8]], (t) => [blockBias(at(t, 0))]),
  learned('bias tileIndices of a layout without blocks', [[0, 8, 8]], (t) => [blockBias(at(t, 0))], { mask: nothing() }),
  learned('bias by distance', [[h, 12]], (t) => [distanceBias(at(t, 0), { center: 4 })]),
  learned('bias by distance, shared, cross', [[1, 30]], (t) => [distanceBias(at(t, 0), { center: 25 })], {
    over: { nq: 23, nk: 51 },
    mask: causal(),
  }),
  learned('bias of repeating cells', [[h, 5, 5]], (t) => [cellBias(at(t, 0))]),
  learned('bias of repeating cells, queries aligned to the end', [[h, 5, 5]], (t) => [cellBias(at(t, 0))], {
    over: { nq: 23, nk: 51 },
    mask: causal(),
  }),
  learned('bias of repeating cells, queries before the keys', [[1, 3, 3]], (t) => [cellBias(at(t, 0))], { over: { nq: 51, nk: 23 } }),
  learned('ALiBi', [[h]], (t) => [alibi(at(t, 0))], { mask: causal() }),
  learned('ALiBi, queries aligned to the end', [[h]], (t) => [alibi(at(t, 0))], { over: { nq: 23, nk: 51 }, mask: causal() }),
  plain('soft cap', causal(), {}, () => [softCap(0.7)]),
  learned('soft cap between two biases', [[1, 1, nq, nk], [h]], (t) => [bias(at(t, 0)), softCap(2), alibi(at(t, 1))]),
  learned(
    'relative positions',
    [
      [h, nk, d],
      [h, d],
      [h, d],
    ],
    (t) => [relativePositions({ r: at(t, 0), u: at(t, 1), v: at(t, 2) })],
    { mask: causal() },
  ),
  learned(
    'relative positions over memory',
    [
      [h, 51, d],
      [h, d],
      [h, d],
    ],
    (t) => [relativePositions({ r: at(t, 0), u: at(t, 1), v: at(t, 2) })],
    {
      over: { nq: 23, nk: 51 },
      mask: causal(),
    },
  ),
  learned(
    'relative positions with clamped lengths and a soft cap',
    [
      [h, 9, d],
      [h, d],
      [h, d],
    ],
    (t) => [softCap(3), relativePositions({ r: at(t, 0), u: at(t, 1), v: at(t, 2) })],
  ),
  plain('key lengths', causal(), {}, () => [keyLengths(tensor1d([31, 0], 'int32'))]),
  learned('span with a ramp', [[h]], (t) => [spanRamp({ span: at(t, 0), ramp: 6 })], { mask: causal(), shift: 5 }),
  learned('a sink', [[h]], (t) => [attentionSink(at(t, 0))], { mask: causal(), shift: 1 }),
  learned('a sink that takes nearly all', [[h]], (t) => [attentionSink(at(t, 0))], { shift: 20 }),
  learned('a sink that takes nearly nothing', [[h]], (t) => [attentionSink(at(t, 0))], { shift: -60 }),
  learned('a sink with fully masked rows', [[h]], (t) => [attentionSink(at(t, 0))], {
    mask: causal().and(prefix({ length: 5 }).not()),
  }),
  learned('a sink with every row fully masked', [[h]], (t) => [attentionSink(at(t, 0))], { mask: nothing() }),
  learned('a sink of grouped-query heads over several blocks', [[6]], (t) => [attentionSink(at(t, 0))], {
    over: { h: 6, hkv: 2, nq: 130, nk: 130 },
    mask: causal(),
    more: () => ({ blockSize: 64 }),
  }),
  learned('a sink with a soft cap, key lengths and dropout', [[h]], (t) => [
    attentionSink(at(t, 0)),
    softCap(2),
    keyLengths(tensor1d([31, 0], 'int32')),
    attentionDropout({ key: createKey(5), rate: 0.3 }),
  ]),
  learned('a sink beside chosen blocks', [[h]], (t) => [attentionSink(at(t, 0))], {
    more: () => ({
      selected: tensor(
        Int32Array.from({ length: b * 5 * 2 }, (_, i) => ((i * 7) % 6) - 1),
        [b, 1, 5, 2],
        'int32',
      ),
    }),
  }),
  plain('attention dropout', causal(), {}, () => [attentionDropout({ key: createKey(3), rate: 0.4 })]),
  plain('original positions after a shuffle', prefix({ length: 1000 }), {}, () => [
    originalPositions({ query: tensor(shuffled(nq), [1, 1, nq], 'int32'), key: tensor(shuffled(nk), [1, 1, nk], 'int32'), causal: true }),
  ]),
  plain('original positions: itself only if nothing else, with padding', prefix({ length: 1000 }), {}, () => {
    const positions = Int32Array.from({ length: b * h * nq }, (_, i) => (i % 11 === 3 ? -1 : (i * 5) % nq));
    return [
      originalPositions({
        query: tensor(positions, [b, h, nq], 'int32'),
        key: tensor(positions, [b, h, nk], 'int32'),
        causal: true,
        selfScore: -1e5,
      }),
    ];
  }),
  learned('ALiBi by original positions', [[h]], (t) => [
    originalPositions({ query: tensor(shuffled(nq), [1, 1, nq], 'int32'), key: tensor(shuffled(nk), [1, 1, nk], 'int32') }),
    alibi(at(t, 0)),
  ]),
  plain('blocks chosen at run time alone', nothing(), { nq: 40, nk: 40 }, undefined, () => ({
    selected: tensor([0, 3, -1, 4, 4, 1, -1, -1, -1, 2, 0, 2, 1, 9, 3], [1, 1, 5, 3], 'int32'),
  })),
  plain('blocks chosen at run time, united with a window, ends cut', window, {}, undefined, () => ({
    selected: tensor(
      Int32Array.from({ length: b * h * 5 * 2 }, (_, i) => ((i * 7) % 6) - 1),
      [b, h, 5, 2],
      'int32',
    ),
  })),
  plain(
    'a mask per head, chosen blocks per batch row',
    perHead([causal(), window, nothing()]),
    {},
    () => [keyLengths(tensor1d([37, 20], 'int32'))],
    () => ({
      selected: tensor(
        Int32Array.from({ length: b * 5 * 2 }, (_, i) => (i * 3) % 5),
        [b, 1, 5, 2],
        'int32',
      ),
    }),
  ),
  learned(
    'chosen blocks with ALiBi, relative positions and dropout',
    [[h], [h, nk, d], [h, d], [h, d]],
    (t) => [
      relativePositions({ r: at(t, 1), u: at(t, 2), v: at(t, 3) }),
      alibi(at(t, 0)),
      attentionDropout({ key: createKey('x'), rate: 0.25 }),
    ],
    {
      more: () => ({
        selected: tensor(
          Int32Array.from({ length: 5 * 2 }, (_, i) => (i * 3) % 5),
          [1, 1, 5, 2],
          'int32',
        ),
      }),
    },
  ),
  ...unusualNumbers,
];
