import {
  asRows,
  attentionForward,
  chunksOf,
  type ExactLogSumExp,
  joinedParts,
  rowsOf,
  scatterRows,
  uncheckedCall,
  weighted,
} from '@longspan/core-tensor/kernel';
import { add, cast, concat, dispose, expandDims, less, mul, reshape, split, stack, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { groupsOf, type Slices, slicesOf, summedByRow, whole } from '../hash/slices.ts';
import { unitKeys } from '../hash/unit-keys.ts';
import { aloneBelow, type Rounds, type SortedRounds, sortedRoundsOf } from './sorted-rounds.ts';

export interface SortedInputs {
  /** [b, h, n, d] */
  readonly x: Tensor;
  /** [b, h, n, dv] */
  readonly value: Tensor;
  /** int32 [b, h, rounds, n] */
  readonly order: Tensor;
}

/** Out [b, h, n, dv]; each round's log-sum-exp [b, h, rounds, n], by position, and what rounding took from it. */
export type SortedResult = Readonly<Record<'out' | 'logSumExps' | 'roundedOff', Tensor>>;

/** Some rounds of some slices at a time, each joined to those before by the log-sum-exps. To be called inside a tidy. */
export function sortedForward(inputs: SortedInputs, rounds: Rounds): SortedResult {
  const { groups, roundsTogether } = groupsOf(inputs.x.shape, inputs.order.shape[2] as number, rounds.budget);
  const parts = groups.map((slices) => tidy(() => ofSlices(inputs, rounds, slices, roundsTogether)));
  const all = groups[0] as Slices;
  const wholeOf = (name: keyof SortedResult): Tensor =>
    whole(
      parts.map((part) => part[name]),
      all,
    );
  return { out: wholeOf('out'), logSumExps: wholeOf('logSumExps'), roundedOff: wholeOf('roundedOff') };
}

/** Rounds that were joined: out [1, slices, n, dv], and the log-sum-exp of all that its tokens attended to [1, slices, n]. */
type Joined = ExactLogSumExp & Readonly<Record<'out', Tensor>>;

function ofSlices(inputs: SortedInputs, rounds: Rounds, slices: Slices, together: number): SortedResult {
  const order = slicesOf(inputs.order, slices);
  const unit = tidy(() => unitKeys(slicesOf(inputs.x, slices)));
  const parts: ExactLogSumExp[] = [];
  let total: Joined | undefined;
  for (const span of chunksOf(order.shape[2] as number, together)) {
    const before = total;
    const { part, ...sum } = tidy(() => {
      const { part, ...own } = ofRounds(inputs, unit, sortedRoundsOf(order, span, rounds, slices));
      if (before === undefined) return { part, ...own };
      const stacked = (name: keyof ExactLogSumExp): Tensor => stack([before[name], own[name]], 3);
      const { shares, ...ofBoth } = joinedParts({ logSumExp: stacked('logSumExp'), roundedOff: stacked('roundedOff') }, 3);
      const [shareBefore, shareOwn] = split(shares, 2, 3) as [Tensor, Tensor];
      return { part, out: add(weighted(before.out, shareBefore), weighted(own.out, shareOwn)), ...ofBoth };
    });
    parts.push(part);
    if (before !== undefined) dispose([before.out, before.logSumExp, before.roundedOff]);
    total = sum;
  }
  const { out, logSumExp } = total as Joined;
  // A token that attends to nothing else is its own value, whether its key is padding or not. Not by `where`, which writes its condition
  // out to the size of the values.
  const alone = expandDims(cast(less(logSumExp, aloneBelow), 'float32'), 3);
  const ofRoundsAll = (name: keyof ExactLogSumExp): Tensor =>
    concat(
      parts.map((part) => part[name]),
      2,
    );
  return {
    out: add(mul(out, sub(1, alone)), mul(slicesOf(inputs.value, slices), alone)),
    logSumExps: ofRoundsAll('logSumExp'),
    roundedOff: ofRoundsAll('roundedOff'),
  };
}

/** Attention over the sorted tokens, its rounds joined by position, and each one's log-sum-exp [1, slices, rounds, n]. */
function ofRounds({ x, value }: SortedInputs, unit: Tensor, sorted: SortedRounds): Joined & { readonly part: ExactLogSumExp } {
  const { queryRows, ownQueryRows, queryPlaces } = sorted;
  const attended = attentionForward(
    uncheckedCall(rowsOf(asRows(x), queryRows), rowsOf(asRows(unit), sorted.ownKeyRows), rowsOf(asRows(value), sorted.keyRows), {
      layout: sorted.layout,
      scale: 1,
      score: sorted.score(sorted.queryPositions),
    }),
  );
  const byPosition = (x: Tensor): Tensor =>
    reshape(scatterRows(queryPlaces, reshape(x, queryPlaces.shape), queryPlaces.size), queryPlaces.shape);
  const part = { logSumExp: byPosition(attended.logSumExp), roundedOff: byPosition(attended.roundedOff) };
  const { shares, ...joined } = joinedParts(part, 2);
  const weights = rowsOf(reshape(shares, [-1]), reshape(queryPlaces, ownQueryRows.shape));
  const length = joined.logSumExp.shape[2] as number;
  return { part, ...joined, out: summedByRow(ownQueryRows, weighted(attended.out, expandDims(weights, 3)), length) };
}
