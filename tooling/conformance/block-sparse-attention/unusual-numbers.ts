import { causal, type Mask, nothing, prefix, slidingWindow } from '@longspan/attention-sparse';
import {
  alibi,
  attentionDropout,
  attentionSink,
  bias,
  cellBias,
  createKey,
  keyLengths,
  originalPositions,
  relativePositions,
  type ScoreTerm,
  softCap,
  spanRamp,
} from '@longspan/core-tensor';
import { type Tensor, tensor, tensor1d } from '@tensorflow/tfjs-core';
import type { ConformanceCall, Plant, Promised } from './call.ts';
import { at, learned, plain, sizes, window } from './named-call.ts';

const { h, nq, nk, d } = sizes;
const { NaN: notANumber, POSITIVE_INFINITY: infinity } = Number;
const leastFloat = -3.4028234663852886e38;
const everything: Mask = prefix({ length: 1000 });
const unusual = [notANumber, infinity, -infinity];

/** Writes into the cells of tables [.., nq, nk] for which a number is given. */
const cells =
  (numberOf: (query: number, key: number) => number | undefined) =>
  (values: Float32Array, shape: readonly number[]): void => {
    const [queries = 0, keys = 0] = shape.slice(-2);
    for (let at = 0; at < values.length; at++) {
      const number = numberOf(Math.floor(at / keys) % queries, at % keys);
      if (number !== undefined) values[at] = number;
    }
  };

/** Writes NaN, ∞ and −∞ by turns into whole rows of [.., n, width]. */
const rows =
  (isPlanted: (row: number, sequence: number) => boolean): Plant =>
  (values, shape) => {
    const [length = 0, width = 0] = shape.slice(-2);
    for (let at = 0; at < values.length; at++) {
      const row = Math.floor(at / width) % length;
      if (isPlanted(row, Math.floor(at / (width * length)))) values[at] = unusual[at % 3] as number;
    }
  };

/** The call has to give what the same call without the numbers that are planted gives. */
const asWithout = (call: ConformanceCall, plants: NonNullable<ConformanceCall['plants']>): ConformanceCall => ({
  ...call,
  plants,
  twin: { ...call, label: `${call.label}: without them` },
});

/** The same where the numbers are planted in learned tensors. */
function learnedWithout(
  label: string,
  shapes: readonly (readonly number[])[],
  score: (tensors: readonly Tensor[]) => readonly ScoreTerm[],
  change: (number: (other: number) => number) => (values: Float32Array, shape: readonly number[], tensor: number) => void,
  more: NonNullable<Parameters<typeof learned>[3]> = {},
): ConformanceCall {
  const of = (name: string, number: (other: number) => number): ConformanceCall =>
    learned(name, shapes, score, { ...more, seed: label, change: change(number) });
  return { ...of(label, (other) => unusual[other % 3] as number), twin: of(`${label}: without them`, () => 0) };
}

const isInWindow = (query: number, key: number): boolean => key >= query - 9 && key <= query + 3;

const planted = { value: { sequence: 1, key: 20, column: 2 }, key: { sequence: 4, row: 3 } };

/** What is left of a window in which a number of one value and one key are not finite. */
function promisedBeside(name: string, place: readonly number[]): Promised {
  const [row = 0, head = 0, at = 0, column = 0] = place;
  const sequence = row * h + head;
  if (name.startsWith('gradient of learned')) return 'nothing';
  const { value, key } = planted;
  const spoils = (query: number): boolean =>
    (sequence === value.sequence && isInWindow(query, value.key)) || (sequence === key.sequence && isInWindow(query, key.row));
  if (name === 'gradient of k' || name === 'gradient of v') {
    return Array.from({ length: nq }, (_, query) => query).some((query) => spoils(query) && isInWindow(query, at))
      ? 'nothing'
      : 'as expected';
  }
  if (!spoils(at)) return 'as expected';
  if (name === 'out') return sequence === key.sequence || column === value.column ? 'not finite' : 'nothing';
  return name === 'logSumExp' && sequence === key.sequence ? 'not finite' : 'nothing';
}

/**
 * Rows that a score or the query spoils. Whatever pair they mask takes no part in them: its bias has a gradient of exactly 0 all the same.
 */
function spoiledRows(
  label: string,
  others: readonly (readonly number[])[],
  score: (tensors: readonly Tensor[]) => readonly ScoreTerm[],
  by: 'score' | 'query' = 'score',
  mask: Mask = window,
): ConformanceCall {
  const isSpoiled = (query: number): boolean => query === 5 || query === 25;
  const isVisible = (query: number, key: number): boolean => mask.allows(query, key);
  const made = learnedWithout(
    label,
    [[1, 1, nq, nk], ...others],
    score,
    (number) => (values, shape, which) => {
      if (which > 0 || by === 'query') return;
      cells((query, key) => (query === key && isSpoiled(query) ? Math.abs(number(query === 5 ? 0 : 1)) : undefined))(values, shape);
    },
    { mask },
  );
  const plants = { q: rows((row) => isSpoiled(row)) };
  return {
    ...made,
    ...(by === 'query' ? { plants } : {}),
    promised: (name, [, , row = 0, column = 0]) => {
      if (name === 'out' || name === 'logSumExp') return isSpoiled(row) ? 'not finite' : 'as expected';
      if (name === 'gradient of q') return isSpoiled(row) ? 'nothing' : 'as expected';
      if (name === 'gradient of learned tensor 0') return isSpoiled(row) && isVisible(row, column) ? 'nothing' : 'as expected';
      if (name.startsWith('gradient of learned')) return 'nothing';
      return isVisible(5, row) || isVisible(25, row) ? 'nothing' : 'as expected';
    },
  };
}

/** Keys far below the rest, the first two strips of them and some later ones: their weights are 0, times any value 0. */
function weightless(label: string, mask: Mask): ConformanceCall {
  const isLow = (key: number): boolean => key < 130 || key % 5 === 0;
  const call = learned(label, [[1, 1, nq, 160]], (t) => [bias(at(t, 0))], {
    over: { nk: 160 },
    mask,
    change: cells((_, key) => (isLow(key) ? -200 : 0)),
  });
  return asWithout(call, {
    v: (values, [, , length = 0, width = 0]) => {
      for (let i = 0; i < values.length; i++) if (isLow(Math.floor(i / width) % length)) values[i] = (values[i] as number) * 1e30;
    },
  });
}

/** Infinity, NaN and the least float, where they say nothing, where they mask, and where they are numbers like others. */
export const unusualNumbers: readonly ConformanceCall[] = [
  learned('a bias of −∞ at masked and at visible pairs', [[1, h, nq, nk]], (t) => [bias(at(t, 0))], {
    change: cells((query, key) => ((query * 7 + key * 3) % 5 === 0 ? -infinity : undefined)),
  }),
  learned('a bias of −∞ on whole rows of full blocks', [[1, 1, nq, nk]], (t) => [bias(at(t, 0))], {
    mask: everything,
    change: cells((query) => (query % 3 === 1 ? -infinity : undefined)),
  }),
  learned('a bias of −∞ on every row', [[1, 1, nq, nk]], (t) => [bias(at(t, 0))], { mask: everything, change: cells(() => -infinity) }),
  learned('a bias of −∞ in the place of a mask', [[1, 1, nq, nk]], (t) => [bias(at(t, 0)), softCap(4)].reverse(), {
    mask: everything,
    change: cells((query, key) => (key > query || query < 3 ? -infinity : 0)),
  }),
  learned('a bias of the least float in the place of a mask', [[1, 1, nq, nk]], (t) => [bias(at(t, 0))], {
    mask: window,
    change: cells((query, key) => (key > query || query % 4 === 0 ? leastFloat : 0)),
  }),
  learned('a bias of the least float in full blocks', [[1, 1, 64, 64]], (t) => [bias(at(t, 0))], {
    over: { nq: 64, nk: 64 },
    mask: everything,
    change: cells((query, key) => (key > query || query % 4 === 0 ? leastFloat : 0)),
  }),
  learned('scores far from 0', [[1, 1, nq, nk]], (t) => [bias(at(t, 0))], {
    mask: everything,
    change: cells((query) => (query % 2 === 0 ? 1e9 : -1e9)),
  }),
  learned('a sink among scores far from 0', [[h], [1, 1, nq, nk]], (t) => [attentionSink(at(t, 0)), bias(at(t, 1))], {
    mask: window,
    change: (values) => values.fill(1e9),
  }),
  learnedWithout(
    'a bias that is not finite at masked pairs',
    [[1, 1, nq, nk]],
    (t) => [bias(at(t, 0))],
    (number) => cells((query, key) => (isInWindow(query, key) ? undefined : number(query + key))),
  ),
  learnedWithout(
    'a bias that is not finite at masked pairs, before a soft cap',
    [[1, 1, nq, nk]],
    (t) => [bias(at(t, 0)), softCap(2)],
    (number) => cells((query, key) => (isInWindow(query, key) ? undefined : number(query + key))),
  ),
  learnedWithout(
    'cells that are not finite at masked pairs',
    [[1, 40, 40]],
    (t) => [cellBias(at(t, 0))],
    (number) => cells((query, key) => (isInWindow(query, key) ? undefined : number(query + key))),
  ),
  learnedWithout(
    'rows of relative positions that are not finite and that nothing visible reads',
    [
      [h, nk, d],
      [h, d],
      [h, d],
    ],
    (t) => [relativePositions({ r: at(t, 0), u: at(t, 1), v: at(t, 2) })],
    (number) => (values, shape, tensor) => {
      if (tensor !== 0) return;
      const [, length = 0, width = 0] = shape;
      for (let i = 0; i < values.length; i++) if (Math.floor(i / width) % length < length - 10) values[i] = number(i);
    },
    { mask: slidingWindow({ left: 9, right: 0 }) },
  ),
  asWithout(
    plain('keys and values that are not finite beyond key lengths', causal(), {}, () => [keyLengths(tensor1d([31, 18], 'int32'))]),
    {
      k: rows((row, sequence) => row >= (sequence < h ? 31 : 18)),
      v: rows((row, sequence) => row >= (sequence < h ? 31 : 18)),
    },
  ),
  asWithout(
    plain('keys and values that are not finite in full width, grouped-query', prefix({ length: 12 }), { h: 6, hkv: 2, d: 8, dv: 8 }),
    {
      k: rows((row) => row >= 12),
      v: rows((row) => row >= 12),
    },
  ),
  asWithout(plain('queries, and cotangents, of fully masked rows that are not finite', causal().and(prefix({ length: 5 }).not())), {
    q: rows((row) => row < 5),
    out: rows((row) => row < 5),
  }),
  asWithout(
    plain('keys that are not finite in blocks that nothing chose', nothing(), { nq: 40, nk: 40 }, undefined, () => ({
      selected: tensor([0, 3, -1, 0, 0, 1, -1, -1, -1, 2, 0, 2, 1, 9, 3], [1, 1, 5, 3], 'int32'),
    })),
    { k: rows((row) => row >= 32), v: rows((row) => row >= 32) },
  ),
  asWithout(
    plain('padding by original positions that is not finite', everything, {}, () => {
      const positions = Int32Array.from({ length: nq }, (_, i) => (i % 11 === 3 ? -1 : (i * 5) % nq));
      const [query, key] = [tensor(positions, [1, 1, nq], 'int32'), tensor(positions, [1, 1, nk], 'int32')];
      return [originalPositions({ query, key, causal: true, selfScore: -1e5 })];
    }),
    { q: rows((row) => row % 11 === 3), k: rows((row) => row % 11 === 3), v: rows((row) => row % 11 === 3) },
  ),
  asWithout(
    learned('keys that are not finite beyond a span', [[h]], (t) => [spanRamp({ span: at(t, 0), ramp: 6 })], {
      over: { nq: 9 },
      mask: everything,
      shift: 5,
      more: () => ({ queryOffset: 0 }),
    }),
    { k: rows((row) => row >= 26), v: rows((row) => row >= 26) },
  ),
  {
    ...asWithout(plain('a value and a key that are not finite and visible', window), {
      v: (values, [, , length = 0, width = 0]) => {
        const { sequence, key, column } = planted.value;
        values[(sequence * length + key) * width + column] = notANumber;
      },
      k: rows((row, sequence) => row === planted.key.row && sequence === planted.key.sequence),
    }),
    promised: promisedBeside,
  },
  weightless('huge values whose weights are below the least of float32, in full blocks', everything),
  weightless('huge values whose weights are below the least of float32, in a window', slidingWindow({ left: 140, right: 20 })),
  spoiledRows('a visible score of +∞, and one of NaN', [], (t) => [bias(at(t, 0))]),
  spoiledRows('a visible score of +∞, and one of NaN, after a soft cap', [], (t) => [softCap(2), bias(at(t, 0))]),
  spoiledRows('a visible score of +∞, and one of NaN, beside a sink', [[h]], (t) => [bias(at(t, 0)), attentionSink(at(t, 1))]),
  spoiledRows('a visible score of +∞, and one of NaN, with slopes', [[h]], (t) => [bias(at(t, 0)), alibi(at(t, 1))]),
  spoiledRows('a visible score of +∞, and one of NaN, with dropout', [], (t) => [
    bias(at(t, 0)),
    attentionDropout({ key: createKey(1), rate: 0.25 }),
  ]),
  spoiledRows('a query that is not finite', [], (t) => [bias(at(t, 0))], 'query'),
  spoiledRows('a query that is not finite, before a soft cap', [], (t) => [bias(at(t, 0)), softCap(2)], 'query'),
  spoiledRows('a query that is not finite, beside a sink', [[h]], (t) => [bias(at(t, 0)), attentionSink(at(t, 1))], 'query'),
  spoiledRows(
    'a query that is not finite, with relative positions',
    [
      [h, nk, d],
      [h, d],
      [h, d],
    ],
    (t) => [bias(at(t, 0)), relativePositions({ r: at(t, 1), u: at(t, 2), v: at(t, 3) })],
    'query',
    slidingWindow({ left: 9, right: 0 }),
  ),
];
