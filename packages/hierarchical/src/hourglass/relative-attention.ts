import { sparseAttention, withoutPadding } from '@longspan/attention-sparse';
import { defineLayer, type Layer, mergeHeads, splitHeads } from '@longspan/core-tensor';
import type { HourglassPartContext, HourglassPlan } from './plan.ts';
import { distances, reachMask, reachOf, relativeProjections, relativeTerm, requireBiases } from './relative-scores.ts';

/**
 * Causal attention within a level, whose vectors stand for `total` tokens each: distances are counted in tokens.
 * @shape x [b, n, width] -> the same
 */
export function relativeAttention({ width, heads, window }: HourglassPlan, total: number): Layer<HourglassPartContext> {
  return defineLayer({
    name: 'relativeAttention',
    reads: ['padding', 'biases'],
    parts: relativeProjections(width),
    run({ caller, parts }, x, { biases, padding }: HourglassPartContext) {
      const length = x.shape[1] as number;
      const reach = reachOf(window, length);
      const [q, k, v] = [splitHeads(parts.query(x), heads), splitHeads(parts.key(x), heads), splitHeads(parts.value(x), heads)];
      const score = [relativeTerm(parts.position, requireBiases(caller, biases), [distances(reach, (back) => -back * total)])];
      return parts.out(mergeHeads(sparseAttention(q, k, v, { mask: withoutPadding(reachMask(reach, length), padding), score }).out));
    },
  });
}
