import { withoutPadding } from '@longspan/attention-sparse';
import { defineLayer, type Layer, type LayerOutput, mergeHeads, splitHeads } from '@longspan/core-tensor';
import { askedAttentionRows, attentionCall, runAttention } from '@longspan/core-tensor/kernel';
import { keyStates, keysSoFar } from './kept-keys.ts';
import type { HourglassPartContext, HourglassPlan } from './plan.ts';
import { distances, reachMask, reachOf, relativeProjections, relativeTerm, requireBiases } from './relative-scores.ts';

/**
 * Causal attention within a level, whose vectors stand for `total` tokens each: distances are counted in tokens. With a cache to the vectors
 * of earlier calls, too, as far as the window reaches.
 * @shape x [b, n, width] -> the same
 */
export function relativeAttention({ width, heads, window, cache }: HourglassPlan, total: number): Layer<HourglassPartContext, LayerOutput> {
  return defineLayer<HourglassPartContext, LayerOutput, ReturnType<typeof relativeProjections>>({
    name: 'relativeAttention',
    reads: ['padding', 'biases', 'seen'],
    attentions: [''],
    states: cache ? keyStates : [],
    parts: relativeProjections(width),
    run({ caller, parts, state, asked, tell }, x, { biases, padding, seen }: HourglassPartContext) {
      const q = splitHeads(parts.query(x), heads);
      const kept = { seen, reach: window && (window.left ?? 0) };
      const { keys, values, before, next } = keysSoFar(state, splitHeads(parts.key(x), heads), splitHeads(parts.value(x), heads), kept);
      const length = keys.shape[2] as number;
      const reach = reachOf(window, length);
      const score = [relativeTerm(parts.position, requireBiases(caller, biases), [distances(reach, (back) => -back * total)])];
      const mask = withoutPadding(reachMask(reach, length), padding);
      const call = attentionCall(caller, q, keys, values, { mask, score, queryOffset: before });
      const { out, logSumExp } = runAttention(call);
      if (asked !== undefined) tell(askedAttentionRows(caller, call, { ...asked, logSumExp }));
      const hidden = parts.out(mergeHeads(out));
      return cache ? { hidden, state: next(length, kept.reach) } : hidden;
    },
  });
}
