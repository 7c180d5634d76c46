import { blockSparseAttention, logSumExp } from '@longspan/core-tensor';
import { add, cast, dispose, expandDims, less, mul, stack, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type Planes, partOf, planesOf, whole } from './planes.ts';
import { aloneBelow, type Rounds, roundOf } from './round.ts';
import { takeNumbers, takeRows } from './rows.ts';
import { share } from './share.ts';
import { unitKeys } from './unit-keys.ts';

export interface SortedInputs {
  /** [b, h, n, d] */
  readonly x: Tensor;
  /** [b, h, n, dv] */
  readonly value: Tensor;
  /** int32 [b, h, rounds, n] */
  readonly order: Tensor;
}

/** Rounds of some planes at a time, one by one, each joined to those before by the log-sum-exps. To be called inside a tidy. */
export function sortedForward(inputs: SortedInputs, rounds: Rounds): { readonly out: Tensor; readonly logSumExps: Tensor } {
  const groups = planesOf(inputs.x.shape, rounds.liveNumbers);
  const parts = groups.map((planes) => tidy(() => ofPlanes(inputs, rounds, planes)));
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

function ofPlanes(inputs: SortedInputs, rounds: Rounds, planes: Planes): { out: Tensor; logSumExps: Tensor } {
  const order = partOf(inputs.order, planes);
  const parts: Tensor[] = [];
  let total: { readonly out: Tensor; readonly joined: Tensor } | undefined;
  for (let nth = 0; nth < (order.shape[2] as number); nth++) {
    const before = total;
    const { part, ...sum } = tidy(() => {
      const { out, logSumExp: part } = ofRound(inputs, order, nth, rounds, planes);
      if (before === undefined) return { part, out, joined: part };
      const joined = logSumExp(stack([before.joined, part], 3), 3);
      const weighted = (each: Tensor, own: Tensor): Tensor => mul(each, expandDims(share(own, joined), 3));
      return { part, out: add(weighted(before.out, before.joined), weighted(out, part)), joined };
    });
    parts.push(part);
    if (before !== undefined) dispose(before.out);
    total = sum;
  }
  const { out, joined } = total as { readonly out: Tensor; readonly joined: Tensor };
  // A token that sees nothing else is its own value, whether its key is padding or not. Not by `where`, which writes its condition
  // out to the size of the values.
  const alone = expandDims(cast(less(joined, aloneBelow), 'float32'), 3);
  return { out: add(mul(out, sub(1, alone)), mul(partOf(inputs.value, planes), alone)), logSumExps: stack(parts, 2) };
}

/** One round's attention, in the order of positions. */
function ofRound(
  { x, value }: SortedInputs,
  order: Tensor,
  nth: number,
  rounds: Rounds,
  planes: Planes,
): { out: Tensor; logSumExp: Tensor } {
  const round = roundOf(order, nth, rounds, planes);
  const key = tidy(() => unitKeys(takeRows(x, round.keyRows)));
  const sorted = blockSparseAttention(takeRows(x, round.queryRows), key, takeRows(value, round.keyRows), {
    layout: round.layout,
    scale: 1,
    score: round.score(round.queryPositions),
  });
  return { out: takeRows(sorted.out, round.back), logSumExp: takeNumbers(sorted.logSumExp, round.back) };
}
