import { blockSparseAttentionGradients, logSumExp } from '@longspan/core-tensor';
import {
  add,
  concat,
  dispose,
  expandDims,
  fill,
  less,
  mul,
  slice,
  sub,
  type Tensor,
  tidy,
  unstack,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { aloneBelow, type Round, type Rounds, roundOf } from './round.ts';
import { addRows, inverseRows, takeNumbers, takeRows } from './rows.ts';
import { share } from './share.ts';
import type { SortedInputs } from './sorted-forward.ts';
import { unitKeysGradient } from './unit-keys.ts';

export interface SortedCotangents extends SortedInputs {
  /** [b, h, n, dv], as the forward pass gave it. */
  readonly out: Tensor;
  /** [b, h, rounds, n], likewise. */
  readonly logSumExps: Tensor;
  /** [b, h, n, dv] */
  readonly outCotangent: Tensor;
}

/** What kernels are to know of all rounds, by position. */
interface Joined extends SortedCotangents {
  /** [b, h, n] */
  readonly whole: Tensor;
  /** The cotangent of out where a token saw another one, else 0. */
  readonly seeing: Tensor;
}

/** Gradients of the keys and values that stand around a round's ends: they belong to tokens of other places. */
interface Edges {
  readonly rows: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

/**
 * The gradients of query-keys and values. The joined rounds are one softmax over the keys of all of them: with
 * w = exp(lse of the round − lse of all) its gradient is dS = w · P · (dP − D), D = rowsum(dO · O) of the joined O. So each round
 * is a backward pass of its own, whose cotangent is w · dO and whose out is the joined one.
 * A token that saw only itself has no weights (a log-sum-exp of −1e5 would not hold their digits): all goes to its own value.
 * To be called inside a tidy.
 */
export function sortedBackward(pass: SortedCotangents, rounds: Rounds): [x: Tensor, value: Tensor] {
  const { x, logSumExps, outCotangent } = pass;
  const whole = tidy(() => logSumExp(logSumExps, 2));
  const seeing = tidy(() => where(expandDims(less(whole, aloneBelow), 3), zerosLike(outCotangent), outCotangent));
  const edges: Edges[] = [];
  let sums: { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor } = {
    query: zerosLike(x),
    key: zerosLike(x),
    value: sub(outCotangent, seeing),
  };
  unstack(logSumExps, 2).forEach((part, nth) => {
    const before = sums;
    const { edge, ...next } = tidy(() => {
      const round = roundOf(pass.order, nth, rounds);
      const back = inverseRows(round.queryRows);
      const { query, key, value: ofValue } = ofRound({ ...pass, whole, seeing }, part, round);
      const own = (gradient: Tensor): Tensor => takeRows(inside(gradient, round), back);
      return {
        query: add(before.query, takeRows(query, back)),
        key: add(before.key, own(key)),
        value: add(before.value, own(ofValue)),
        edge: { rows: outside(expandDims(round.keyRows, 3), round), key: outside(key, round), value: outside(ofValue, round) },
      };
    });
    dispose(before);
    edges.push(edge);
    sums = next;
  });
  return tidy(() => {
    const total = (sum: Tensor, of: 'key' | 'value'): Tensor => {
      const rows = concat(
        edges.map((edge) => edge.rows),
        2,
      );
      if (rows.size === 0) return sum;
      return add(
        sum,
        addRows(
          rows,
          concat(
            edges.map((edge) => edge[of]),
            2,
          ),
          sum.shape,
        ),
      );
    };
    return [add(sums.query, unitKeysGradient(x, total(sums.key, 'key'))), total(sums.value, 'value')];
  });
}

/** The gradients of one round's sorted queries, keys and values. */
function ofRound(pass: Joined, part: Tensor, round: Round): { query: Tensor; key: Tensor; value: Tensor } {
  const { queryRows, keyRows } = round;
  const blind = less(takeNumbers(pass.whole, queryRows), aloneBelow);
  const weight = where(less(pass.whole, aloneBelow), zerosLike(part), share(part, pass.whole));
  const positions = where(blind, fill(queryRows.shape, -1, 'int32'), round.queryPositions);
  const [query, key, value] = blockSparseAttentionGradients(
    takeRows(pass.x, queryRows),
    takeRows(pass.keys, keyRows),
    takeRows(pass.value, keyRows),
    { layout: round.layout, scale: 1, score: round.score(positions) },
    {
      out: takeRows(pass.out, queryRows),
      logSumExp: where(blind, fill(queryRows.shape, Number.NEGATIVE_INFINITY), takeNumbers(part, queryRows)),
      outCotangent: takeRows(mul(pass.seeing, expandDims(weight, 3)), queryRows),
      logSumExpCotangent: zeros(queryRows.shape),
    },
  ) as [Tensor, Tensor, Tensor];
  return { query, key, value };
}

/** The part of a round's keys [b, h, m, width] that is the round's own. */
function inside(keys: Tensor, { ownKeys, queryRows }: Round): Tensor {
  const [batch = 0, heads = 0, , width = 0] = keys.shape;
  return slice(keys, [0, 0, ownKeys, 0], [batch, heads, queryRows.shape[2] as number, width]);
}

/** The rest of them. */
function outside(keys: Tensor, { ownKeys, queryRows }: Round): Tensor {
  const [batch = 0, heads = 0, count = 0, width = 0] = keys.shape;
  const end = ownKeys + (queryRows.shape[2] as number);
  return concat(
    [slice(keys, [0, 0, 0, 0], [batch, heads, ownKeys, width]), slice(keys, [0, 0, end, 0], [batch, heads, count - end, width])],
    2,
  );
}
