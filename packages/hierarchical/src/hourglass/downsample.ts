import { defineLayer, type Layer, type LayerOutput, layerNorm, linear } from '@longspan/core-tensor';
import { fanInDraw } from '@longspan/core-tensor/layer';
import { mean, pad, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { attentionToMembers, givenBetweenLevels } from './attention-between-levels.ts';
import { paddingBelow, zeroPadding } from './level-padding.ts';
import type { HourglassLevel } from './levels.ts';
import type { HourglassPartContext, HourglassPlan } from './plan.ts';
import { resamplingBlock } from './resampling-block.ts';

/**
 * From the vectors of one level to those of the next: first all are shifted right by factor − 1, so that each group depends on no vector
 * after its last one; then groups of `factor` become one vector each. With a cache x are the members of whole groups, shifted already.
 * @shape x [b, n, width] -> [b, ceil(n / factor), width]
 */
export function downsample(plan: HourglassPlan, level: HourglassLevel): Layer<HourglassPartContext, LayerOutput> {
  const { width, epsilon, downsampling, cache } = plan;
  const { factor } = level;
  const membersOf = (x: Tensor, { padding }: HourglassPartContext): Tensor => (cache ? x : shifted(zeroPadding(x, padding), factor));
  if (typeof downsampling === 'string') {
    const pool = pools[downsampling](width, factor);
    return defineLayer({
      name: 'downsample',
      spec: pool.spec,
      reads: ['padding'],
      run: (own, x, context: HourglassPartContext) => pool.run(own, membersOf(x, context), context),
    });
  }
  const block = resamplingBlock(plan, attentionToMembers(plan, level));
  const norm = () => layerNorm({ width, epsilon });
  return defineLayer({
    name: 'downsample',
    spec: block.spec,
    reads: block.reads.filter((name) => !givenBetweenLevels.includes(name)),
    states: block.states,
    attentions: block.attentions,
    parts: { norm: norm(), pool: pools[downsampling.attention](width, factor), pooled_norm: norm() },
    checkContext: block.checkContext,
    run({ parts, ...own }, x, context: HourglassPartContext) {
      const keys = parts.norm(membersOf(x, context));
      const queries = parts.pooled_norm(parts.pool(keys));
      return block.run(own, queries, { ...context, keys, padding: paddingBelow(context.padding, factor) });
    },
  });
}

/** What falls out at the right would only be needed by positions that are not there. */
function shifted(x: Tensor, factor: number): Tensor {
  const [batch, length, width] = x.shape as [number, number, number];
  const shifted = pad(x, [
    [0, 0],
    [factor - 1, 0],
    [0, 0],
  ]);
  return slice(shifted, [0, 0, 0], [batch, Math.ceil(length / factor) * factor, width]);
}

const inGroups = (x: Tensor, factor: number): Tensor => {
  const [batch, members, width] = x.shape as [number, number, number];
  return reshape(x, [batch, members / factor, factor, width]);
};

/** [b, groups · factor, width] → [b, groups, width] */
const pools = {
  average: (_: number, factor: number): Layer => defineLayer({ name: 'averagePooling', run: (_own, x) => mean(inGroups(x, factor), 2) }),
  linear: (width: number, factor: number): Layer =>
    defineLayer({
      name: 'linearPooling',
      parts: { dense: linear({ inFeatures: factor * width, outFeatures: width, draw: fanInDraw }) },
      run: ({ parts }, x) => parts.dense(reshape(x, [x.shape[0] as number, (x.shape[1] as number) / factor, factor * width])),
    }),
};
