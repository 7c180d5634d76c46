import { asRows, attentionGradients, chunksOf, joinedParts, rowsOf, uncheckedCall } from '@longspan/core-tensor/kernel';
import type { Span } from '@longspan/core-tensor/layout';
import {
  add,
  cast,
  dispose,
  expandDims,
  fill,
  greaterEqual,
  less,
  mul,
  reshape,
  slice,
  sub,
  type Tensor,
  tidy,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { groupsOf, type Slices, slicesOf, summedByRow, whole } from '../hash/slices.ts';
import { unitKeys, unitKeysGradient } from '../hash/unit-keys.ts';
import type { SortedInputs, SortedResult } from './sorted-forward.ts';
import { aloneBelow, type Rounds, type SortedRounds, sortedRoundsOf } from './sorted-rounds.ts';

export interface SortedCotangents extends SortedInputs, SortedResult {
  /** [b, h, n, dv] */
  readonly outCotangent: Tensor;
}

/** Gradients of the queries, the keys and the values, by position: [1, slices, n, …]. */
interface Gradients {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

/**
 * The gradients of query-keys and values. The joined rounds are one softmax over the keys of all of them: with
 * w = exp(lse of the round − lse of all) its gradient is dS = w · P · (dP − D), D = rowsum(dO · O) of the joined O. So each round
 * is a backward pass of its own, whose cotangent is w · dO and whose out is the joined one.
 * A token that attended to itself alone has no weights (a log-sum-exp of −1e5 would not hold their digits): all goes to its own value.
 * To be called inside a tidy.
 */
export function sortedBackward(pass: SortedCotangents, rounds: Rounds): [x: Tensor, value: Tensor] {
  const { groups, roundsTogether } = groupsOf(pass.x.shape, pass.order.shape[2] as number, rounds.budget);
  const parts = groups.map((slices) => tidy(() => ofSlices(pass, rounds, slices, roundsTogether)));
  const all = groups[0] as Slices;
  return [
    whole(
      parts.map(({ x }) => x),
      all,
    ),
    whole(
      parts.map(({ value }) => value),
      all,
    ),
  ];
}

function ofSlices(pass: SortedCotangents, rounds: Rounds, slices: Slices, together: number): { x: Tensor; value: Tensor } {
  const own = (each: Tensor): Tensor => slicesOf(each, slices);
  const [x, order, logSumExps, roundedOff] = [own(pass.x), own(pass.order), own(pass.logSumExps), own(pass.roundedOff)];
  const outCotangent = own(pass.outCotangent);
  const { shares, logSumExp: joined } = joinedParts({ logSumExp: logSumExps, roundedOff }, 2);
  const attending = mul(outCotangent, expandDims(cast(greaterEqual(joined, aloneBelow), 'float32'), 3));
  const ofAll = { unit: unitKeys(x), logSumExps, roundedOff, shares, joined, attending };
  let sums: Partial<Gradients> & Pick<Gradients, 'value'> = { value: sub(outCotangent, attending) };
  for (const span of chunksOf(order.shape[2] as number, together)) {
    const before = sums;
    sums = tidy(() => {
      const { query, key, value } = ofRounds(pass, ofAll, span, sortedRoundsOf(order, span, rounds, slices));
      const onto = (sum: Tensor | undefined, gradient: Tensor): Tensor => (sum === undefined ? gradient : add(sum, gradient));
      return { query: onto(before.query, query), key: onto(before.key, key), value: onto(before.value, value) };
    });
    dispose(Object.values(before));
  }
  const { query, key, value } = sums as Gradients;
  return { x: tidy(() => add(query, unitKeysGradient(x, key))), value };
}

/** What all rounds of some slices share. */
interface OfAllRounds {
  /** The keys, [1, slices, n, d]. */
  readonly unit: Tensor;
  /** [1, slices, rounds, n], and joined [1, slices, n]. */
  readonly logSumExps: Tensor;
  readonly roundedOff: Tensor;
  /** Of each round in the softmax of all, as logSumExps. */
  readonly shares: Tensor;
  readonly joined: Tensor;
  /** The cotangent where a token attended to another, [1, slices, n, dv]. */
  readonly attending: Tensor;
}

function ofRounds(
  pass: SortedCotangents,
  { unit, logSumExps, roundedOff, shares, joined, attending }: OfAllRounds,
  { start, end }: Span,
  sorted: SortedRounds,
): Gradients {
  const { queryRows, ownQueryRows, keyRows, ownKeyRows, layout } = sorted;
  const [, slices = 0, , length = 0] = logSumExps.shape;
  const sortedRows = (each: Tensor): Tensor =>
    rowsOf(reshape(slice(each, [0, 0, start, 0], [1, slices, end - start, length]), [-1]), reshape(sorted.queryPlaces, queryRows.shape));
  const part = sortedRows(logSumExps);
  const all = rowsOf(reshape(joined, [-1]), ownQueryRows);
  const alone = less(all, aloneBelow);
  const call = uncheckedCall(rowsOf(asRows(pass.x), queryRows), rowsOf(asRows(unit), ownKeyRows), rowsOf(asRows(pass.value), keyRows), {
    layout,
    scale: 1,
    score: sorted.score(where(alone, fill(queryRows.shape, -1, 'int32'), sorted.queryPositions)),
  });
  const [query, key, value] = attentionGradients(call, {
    out: rowsOf(asRows(pass.out), queryRows),
    logSumExp: where(alone, fill(queryRows.shape, Number.NEGATIVE_INFINITY), part),
    roundedOff: sortedRows(roundedOff),
    outCotangent: tidy(() => mul(rowsOf(asRows(attending), ownQueryRows), expandDims(sortedRows(shares), 3))),
    logSumExpCotangent: zeros(queryRows.shape),
  }) as [Tensor, Tensor, Tensor];
  return {
    query: summedByRow(ownQueryRows, query, length),
    key: summedByRow(ownKeyRows, key, length),
    value: summedByRow(ownKeyRows, value, length),
  };
}
