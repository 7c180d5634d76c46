import { logSumExp } from '@longspan/core-tensor';
import { asRows, chunksOf, rowsOf, runAttention, scatterRows, sharesOf, uncheckedCall, weighted } from '@longspan/core-tensor/kernel';
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

/** Some rounds of some slices at a time, each joined to those before by the log-sum-exps. To be called inside a tidy. */
export function sortedForward(inputs: SortedInputs, rounds: Rounds): { readonly out: Tensor; readonly logSumExps: Tensor } {
  const { groups, roundsTogether } = groupsOf(inputs.x.shape, inputs.order.shape[2] as number, rounds.budget);
  const parts = groups.map((slices) => tidy(() => ofSlices(inputs, rounds, slices, roundsTogether)));
  const all = groups[0] as Slices;
  return {
    out: whole(
      parts.map(({ out }) => out),
      all,
    ),
    logSumExps: whole(
      parts.map(({ logSumExps }) => logSumExps),
      all,
    ),
  };
}

/** Rounds that were joined: out [1, slices, n, dv], and the log-sum-exp of all that its tokens attended to [1, slices, n]. */
interface Joined {
  readonly out: Tensor;
  readonly joined: Tensor;
}

function ofSlices(inputs: SortedInputs, rounds: Rounds, slices: Slices, together: number): { out: Tensor; logSumExps: Tensor } {
  const order = slicesOf(inputs.order, slices);
  const unit = tidy(() => unitKeys(slicesOf(inputs.x, slices)));
  const parts: Tensor[] = [];
  let total: Joined | undefined;
  for (const span of chunksOf(order.shape[2] as number, together)) {
    const before = total;
    const { part, ...sum } = tidy(() => {
      const { part, ...own } = ofRounds(inputs, unit, sortedRoundsOf(order, span, rounds, slices));
      if (before === undefined) return { part, ...own };
      const both = stack([before.joined, own.joined], 3);
      const [weightBefore, weightOwn] = split(sharesOf(both, 3), 2, 3) as [Tensor, Tensor];
      return { part, out: add(weighted(before.out, weightBefore), weighted(own.out, weightOwn)), joined: logSumExp(both, 3) };
    });
    parts.push(part);
    if (before !== undefined) dispose([before.out, before.joined]);
    total = sum;
  }
  const { out, joined } = total as Joined;
  // A token that attends to nothing else is its own value, whether its key is padding or not. Not by `where`, which writes its condition
  // out to the size of the values.
  const alone = expandDims(cast(less(joined, aloneBelow), 'float32'), 3);
  return { out: add(mul(out, sub(1, alone)), mul(slicesOf(inputs.value, slices), alone)), logSumExps: concat(parts, 2) };
}

/** Attention over the sorted tokens, its rounds joined by position, and each one's log-sum-exp [1, slices, rounds, n]. */
function ofRounds({ x, value }: SortedInputs, unit: Tensor, sorted: SortedRounds): Joined & { readonly part: Tensor } {
  const { queryRows, ownQueryRows, queryPlaces } = sorted;
  const attended = runAttention(
    uncheckedCall(rowsOf(asRows(x), queryRows), rowsOf(asRows(unit), sorted.ownKeyRows), rowsOf(asRows(value), sorted.keyRows), {
      layout: sorted.layout,
      scale: 1,
      score: sorted.score(sorted.queryPositions),
    }),
  );
  const part = reshape(scatterRows(queryPlaces, reshape(attended.logSumExp, queryPlaces.shape), queryPlaces.size), queryPlaces.shape);
  const joined = logSumExp(part, 2);
  const weights = rowsOf(reshape(sharesOf(part, 2), [-1]), reshape(queryPlaces, ownQueryRows.shape));
  return { part, joined, out: summedByRow(ownQueryRows, weighted(attended.out, expandDims(weights, 3)), joined.shape[2] as number) };
}
