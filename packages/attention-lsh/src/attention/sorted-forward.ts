import { logSumExp } from '@longspan/core-tensor';
import { asRows, chunksOf, partWeights, rowsOf, runAttention, scatterRows, uncheckedCall } from '@longspan/core-tensor/kernel';
import { add, cast, concat, dispose, expandDims, less, mul, reshape, stack, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type Planes, planesOf, sharesOf, summedByRow, whole } from '../hash/planes.ts';
import { unitKeys } from '../hash/unit-keys.ts';
import { aloneBelow, type Rounds, type Stretch, stretchOf } from './stretch.ts';

export interface SortedInputs {
  /** [b, h, n, d] */
  readonly x: Tensor;
  /** [b, h, n, dv] */
  readonly value: Tensor;
  /** int32 [b, h, rounds, n] */
  readonly order: Tensor;
}

/** Some rounds of some planes at a time, each joined to those before by the log-sum-exps. To be called inside a tidy. */
export function sortedForward(inputs: SortedInputs, rounds: Rounds): { readonly out: Tensor; readonly logSumExps: Tensor } {
  const { groups, roundsTogether } = sharesOf(inputs.x.shape, inputs.order.shape[2] as number, rounds.budget);
  const parts = groups.map((planes) => tidy(() => ofPlanes(inputs, rounds, planes, roundsTogether)));
  const all = groups[0] as Planes;
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

/** Rounds that were joined: out [1, planes, n, dv], and the log-sum-exp of all that its tokens saw [1, planes, n]. */
interface Joined {
  readonly out: Tensor;
  readonly joined: Tensor;
}

function ofPlanes(inputs: SortedInputs, rounds: Rounds, planes: Planes, together: number): { out: Tensor; logSumExps: Tensor } {
  const order = planesOf(inputs.order, planes);
  const unit = tidy(() => unitKeys(planesOf(inputs.x, planes)));
  const parts: Tensor[] = [];
  let total: Joined | undefined;
  for (const span of chunksOf(order.shape[2] as number, together)) {
    const before = total;
    const { part, ...sum } = tidy(() => {
      const { part, ...own } = ofStretch(inputs, unit, stretchOf(order, span, rounds, planes));
      if (before === undefined) return { part, ...own };
      const joined = logSumExp(stack([before.joined, own.joined], 3), 3);
      const weighted = (each: Joined): Tensor => mul(each.out, expandDims(partWeights(each.joined, joined), 3));
      return { part, out: add(weighted(before), weighted(own)), joined };
    });
    parts.push(part);
    if (before !== undefined) dispose([before.out, before.joined]);
    total = sum;
  }
  const { out, joined } = total as Joined;
  // A token that sees nothing else is its own value, whether its key is padding or not. Not by `where`, which writes its condition
  // out to the size of the values.
  const alone = expandDims(cast(less(joined, aloneBelow), 'float32'), 3);
  return { out: add(mul(out, sub(1, alone)), mul(planesOf(inputs.value, planes), alone)), logSumExps: concat(parts, 2) };
}

/** Attention over the sorted tokens, its rounds joined by position, and each one's log-sum-exp [1, planes, rounds, n]. */
function ofStretch({ x, value }: SortedInputs, unit: Tensor, stretch: Stretch): Joined & { readonly part: Tensor } {
  const { queryRows, ownQueryRows, queryPlaces } = stretch;
  const sorted = runAttention(
    uncheckedCall(rowsOf(asRows(x), queryRows), rowsOf(asRows(unit), stretch.ownKeyRows), rowsOf(asRows(value), stretch.keyRows), {
      layout: stretch.layout,
      scale: 1,
      score: stretch.score(stretch.queryPositions),
    }),
  );
  const part = reshape(scatterRows(queryPlaces, reshape(sorted.logSumExp, queryPlaces.shape), queryPlaces.size), queryPlaces.shape);
  const joined = logSumExp(part, 2);
  const weights = partWeights(sorted.logSumExp, rowsOf(reshape(joined, [-1]), ownQueryRows));
  return { part, joined, out: summedByRow(ownQueryRows, mul(sorted.out, expandDims(weights, 3)), joined.shape[2] as number) };
}
