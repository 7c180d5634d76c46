import { blockSparseAttentionGradients, logSumExp } from '@longspan/core-tensor';
import {
  add,
  cast,
  concat,
  dispose,
  expandDims,
  fill,
  greaterEqual,
  less,
  mul,
  sub,
  type Tensor,
  tidy,
  unstack,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { type Planes, partOf, planesOf, whole } from './planes.ts';
import { aloneBelow, type Round, type Rounds, roundOf } from './round.ts';
import { addRows, takeNumbers, takeRows } from './rows.ts';
import { share } from './share.ts';
import type { SortedInputs } from './sorted-forward.ts';
import { unitKeys, unitKeysGradient } from './unit-keys.ts';

export interface SortedCotangents extends SortedInputs {
  /** [b, h, n, dv], as the forward pass gave it. */
  readonly out: Tensor;
  /** [b, h, rounds, n], likewise. */
  readonly logSumExps: Tensor;
  /** [b, h, n, dv] */
  readonly outCotangent: Tensor;
}

/** Gradients of a round's sorted queries, keys and values, or sums of them by position. */
interface Gradients {
  readonly query: Tensor;
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
  const groups = planesOf(pass.x.shape, rounds.liveNumbers);
  const parts = groups.map((planes) => tidy(() => ofPlanes(pass, rounds, planes)));
  const all = groups[0] as Planes;
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

function ofPlanes(pass: SortedCotangents, rounds: Rounds, planes: Planes): { x: Tensor; value: Tensor } {
  const [order, logSumExps, outCotangent] = [pass.order, pass.logSumExps, pass.outCotangent].map((each) => partOf(each, planes)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const joined = logSumExp(logSumExps, 2);
  const seeing = mul(outCotangent, expandDims(cast(greaterEqual(joined, aloneBelow), 'float32'), 3));
  const edges: (Omit<Gradients, 'query'> & { readonly rows: Tensor })[] = [];
  let sums: Partial<Gradients> & Pick<Gradients, 'value'> = { value: sub(outCotangent, seeing) };
  unstack(logSumExps, 2).forEach((part, nth) => {
    const before = sums;
    const { edge, ...next } = tidy(() => {
      const round = roundOf(order, nth, rounds, planes);
      const { query, key, value } = ofRound(pass, { part, joined, seeing }, round);
      const onto = (sum: Tensor | undefined, gradient: Tensor, back: Tensor): Tensor => {
        const placed = takeRows(gradient, back);
        return sum === undefined ? placed : add(sum, placed);
      };
      return {
        query: onto(before.query, query, round.back),
        key: onto(before.key, key, round.backAmongKeys),
        value: onto(before.value, value, round.backAmongKeys),
        edge: round.edges.map(({ places, rows }) => ({ rows, key: takeRows(key, places), value: takeRows(value, places) })),
      };
    });
    dispose(Object.values(before));
    edges.push(...edge);
    sums = next;
  });
  const { query, key, value } = sums as Gradients;
  const total = (sum: Tensor, of: 'key' | 'value'): Tensor => {
    if (edges.length === 0) return sum;
    const joint = (part: 'rows' | 'key' | 'value'): Tensor =>
      concat(
        edges.map((edge) => edge[part]),
        2,
      );
    return add(sum, addRows(joint('rows'), joint(of), sum.shape));
  };
  const ofX = tidy(() => add(query, unitKeysGradient(partOf(pass.x, planes), total(key, 'key'))));
  return { x: ofX, value: tidy(() => total(value, 'value')) };
}

/** What a round is weighed by: its own log-sum-exps and those of all rounds [1, planes, n], and the cotangent where a token saw another. */
interface Joined {
  readonly part: Tensor;
  readonly joined: Tensor;
  readonly seeing: Tensor;
}

function ofRound(pass: SortedCotangents, { part, joined, seeing }: Joined, round: Round): Gradients {
  const { queryRows, keyRows, layout } = round;
  const places = round.ownQueryRows;
  const blind = less(takeNumbers(joined, places), aloneBelow);
  const positions = where(blind, fill(queryRows.shape, -1, 'int32'), round.queryPositions);
  const [query, key, value] = blockSparseAttentionGradients(
    takeRows(pass.x, queryRows),
    tidy(() => unitKeys(takeRows(pass.x, keyRows))),
    takeRows(pass.value, keyRows),
    { layout, scale: 1, score: round.score(positions) },
    {
      out: takeRows(pass.out, queryRows),
      logSumExp: where(blind, fill(queryRows.shape, Number.NEGATIVE_INFINITY), takeNumbers(part, places)),
      outCotangent: tidy(() => mul(takeRows(seeing, places), expandDims(takeNumbers(share(part, joined), places), 3))),
      logSumExpCotangent: zeros(queryRows.shape),
    },
  ) as [Tensor, Tensor, Tensor];
  return { query, key, value };
}
