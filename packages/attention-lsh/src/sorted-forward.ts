import { blockSparseAttention, logSumExp } from '@longspan/core-tensor';
import { add, dispose, expandDims, less, mul, stack, type Tensor, tidy, where } from '@tensorflow/tfjs-core';
import { aloneBelow, type Rounds, roundOf } from './round.ts';
import { inverseRows, takeNumbers, takeRows } from './rows.ts';
import { share } from './share.ts';

export interface SortedInputs {
  /** [b, h, n, d] */
  readonly x: Tensor;
  /** The same, of length 1. */
  readonly keys: Tensor;
  /** [b, h, n, dv] */
  readonly value: Tensor;
  /** int32 [b, h, rounds, n] */
  readonly order: Tensor;
}

/** Rounds one by one, each joined to those before by the log-sum-exps. To be called inside a tidy. */
export function sortedForward(inputs: SortedInputs, rounds: Rounds): { readonly out: Tensor; readonly logSumExps: Tensor } {
  const parts: Tensor[] = [];
  let total: { readonly out: Tensor; readonly whole: Tensor } | undefined;
  for (let nth = 0; nth < (inputs.order.shape[2] as number); nth++) {
    const before = total;
    const { part, ...sum } = tidy(() => {
      const { out, logSumExp: part } = ofRound(inputs, nth, rounds);
      if (before === undefined) return { part, out, whole: part };
      const whole = logSumExp(stack([before.whole, part], 3), 3);
      const weighted = (each: Tensor, own: Tensor): Tensor => mul(each, expandDims(share(own, whole), 3));
      return { part, out: add(weighted(before.out, before.whole), weighted(out, part)), whole };
    });
    parts.push(part);
    if (before !== undefined) before.out.dispose();
    total = sum;
  }
  const { out, whole } = total as { readonly out: Tensor; readonly whole: Tensor };
  // A token that sees nothing else is its own value, whether its key is padding or not.
  const kept = tidy(() => where(expandDims(less(whole, aloneBelow), 3), inputs.value, out));
  const logSumExps = stack(parts, 2);
  dispose([out, whole, parts]);
  return { out: kept, logSumExps };
}

/** One round's attention, in the order of positions. */
function ofRound({ x, keys, value, order }: SortedInputs, nth: number, rounds: Rounds): { out: Tensor; logSumExp: Tensor } {
  const round = roundOf(order, nth, rounds);
  const sorted = blockSparseAttention(takeRows(x, round.queryRows), takeRows(keys, round.keyRows), takeRows(value, round.keyRows), {
    layout: round.layout,
    scale: 1,
    score: round.score(round.queryPositions),
  });
  const back = inverseRows(round.queryRows);
  return { out: takeRows(sorted.out, back), logSumExp: takeNumbers(sorted.logSumExp, back) };
}
