import { defineLayer, type Layer, type LayerOutput, layerNorm, linear } from '@longspan/core-tensor';
import { ConfigError } from '@longspan/core-tensor/error';
import { attentionOf, fanInDraw, hiddenOf, requireContext, stateOf } from '@longspan/core-tensor/layer';
import { add, pad, reshape, slice, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { attentionToGroups, givenBetweenLevels } from './attention-between-levels.ts';
import { paddingBelow } from './level-padding.ts';
import type { HourglassLevel } from './levels.ts';
import type { HourglassPartContext, HourglassPlan } from './plan.ts';
import { resamplingBlock } from './resampling-block.ts';

export interface UpsampleContext extends HourglassPartContext {
  /** With a cache: at which place of the first group of x the first vector of `above` stands; 0 by default. */
  readonly place?: number | undefined;
  /** [b, n, width]: what the level above was before it was downsampled; `padding` is that of its vectors. */
  readonly above?: Tensor | undefined;
}

/**
 * From the vectors of one level back to those of the level above.
 * @shape x [b, groups, width], context.above [b, n, width] -> [b, n, width]
 */
export function upsample(plan: HourglassPlan, level: HourglassLevel): Layer<UpsampleContext, LayerOutput> {
  const { width, epsilon, upsampling } = plan;
  const { factor } = level;
  if (typeof upsampling === 'string') {
    const spread = spreads[upsampling](width, factor);
    return defineLayer({
      name: 'upsample',
      spec: spread.spec,
      reads: ['above', 'place'],
      run: (own, x, context: UpsampleContext) => cut(spread.run(own, x, context), requireAbove(own.caller, context), context.place),
    });
  }
  const block = resamplingBlock(plan, attentionToGroups(plan, level));
  const norm = () => layerNorm({ width, epsilon });
  return defineLayer({
    name: 'upsample',
    spec: block.spec,
    reads: [...block.reads.filter((name) => !givenBetweenLevels.includes(name)), 'above', 'place'],
    states: block.states,
    attentions: block.attentions,
    parts: { norm: norm(), pool: spreads[upsampling.attention](width, factor), pooled_norm: norm() },
    checkContext: block.checkContext,
    run({ parts, ...own }, x, context: UpsampleContext) {
      const above = requireAbove(own.caller, context);
      const keys = parts.norm(x);
      const { place = 0 } = context;
      const missing = (x.shape[1] as number) * factor - (above.shape[1] as number) - place;
      const whole = pad(above, [
        [0, 0],
        [place, missing],
        [0, 0],
      ]);
      const queries = add(parts.pooled_norm(parts.pool(keys)), whole);
      const asked = ofMembers(own.caller, context, place, above.shape[1] as number);
      const given = { ...context, ...asked, keys, unfinished: missing === 0 ? 0 : 1, padding: paddingBelow(context.padding, factor) };
      const output = block.run(own, queries, given);
      const hidden = cut(hiddenOf(output), above, place);
      const rows = attentionOf(output);
      if (plan.cache) return { hidden, state: stateOf(output), ...rows };
      return rows.attentionWeights === undefined ? hidden : { hidden, ...rows };
    },
  });
}

/** The rows that are asked for, by their places among the members of all groups. */
function ofMembers(
  caller: string,
  { attentionWeights }: UpsampleContext,
  place: number,
  length: number,
): Pick<UpsampleContext, 'attentionWeights'> {
  if (attentionWeights === undefined) return {};
  const { queries } = attentionWeights;
  const outside = queries.find((query) => query >= length);
  if (outside === undefined) return { attentionWeights: { ...attentionWeights, queries: queries.map((query) => query + place) } };
  throw new ConfigError({
    caller,
    problem: 'queries must be vectors of the level above.',
    expected: `integers of 0 … ${length - 1}`,
    got: String(outside),
    remedy: 'ask each layer for its own queries.',
  });
}

const requireAbove = (caller: string, { above }: UpsampleContext): Tensor =>
  requireContext(caller, 'above', above, 'the vectors of the level above');

/** As many vectors as the level above has. */
const cut = (x: Tensor, above: Tensor, place = 0): Tensor => slice(x, [0, place, 0], above.shape as [number, number, number]);

/** [b, groups, width] → [b, groups · factor, width] */
const spreads = {
  repeat: (width: number, factor: number): Layer =>
    defineLayer({
      name: 'repeatUpsampling',
      run(_, x) {
        const [batch, groups] = x.shape as [number, number, number];
        const copies = add(reshape(x, [batch, groups, 1, width]), zeros([1, 1, factor, width]));
        return reshape(copies, [batch, groups * factor, width]);
      },
    }),
  linear: (width: number, factor: number): Layer =>
    defineLayer({
      name: 'linearUpsampling',
      parts: { dense: linear({ inFeatures: width, outFeatures: factor * width, draw: fanInDraw }) },
      run: ({ parts }, x) => reshape(parts.dense(x), [x.shape[0] as number, (x.shape[1] as number) * factor, width]),
    }),
};
