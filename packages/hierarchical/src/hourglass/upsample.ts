import { defineLayer, type Layer, layerNorm, linear } from '@longspan/core-tensor';
import { fanInDraw, hiddenOf, requireContext } from '@longspan/core-tensor/layer';
import { add, pad, reshape, slice, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { attentionToGroups } from './attention-between-levels.ts';
import { paddingBelow } from './level-padding.ts';
import type { HourglassLevel } from './levels.ts';
import type { HourglassPartContext, HourglassPlan } from './plan.ts';
import { resamplingBlock } from './resampling-block.ts';

export interface UpsampleContext extends HourglassPartContext {
  /** [b, n, width]: what the level above was before it was downsampled; `padding` is that of its vectors. */
  readonly above?: Tensor | undefined;
}

/**
 * From the vectors of one level back to those of the level above.
 * @shape x [b, groups, width], context.above [b, n, width] -> [b, n, width]
 */
export function upsample(plan: HourglassPlan, level: HourglassLevel): Layer<UpsampleContext> {
  const { width, epsilon, upsampling } = plan;
  const { factor } = level;
  if (typeof upsampling === 'string') {
    const spread = spreads[upsampling](width, factor);
    return defineLayer({
      name: 'upsample',
      spec: spread.spec,
      reads: ['above'],
      run: (own, x, context: UpsampleContext) => cut(spread.run(own, x, context), requireAbove(own.caller, context)),
    });
  }
  const block = resamplingBlock(plan, attentionToGroups(plan, level));
  const norm = () => layerNorm({ width, epsilon });
  return defineLayer({
    name: 'upsample',
    spec: block.spec,
    reads: [...block.reads.filter((name) => name !== 'keys'), 'above'],
    parts: { norm: norm(), pool: spreads[upsampling.attention](width, factor), pooled_norm: norm() },
    checkContext: block.checkContext,
    run({ parts, ...own }, x, context: UpsampleContext) {
      const above = requireAbove(own.caller, context);
      const keys = parts.norm(x);
      const missing = (x.shape[1] as number) * factor - (above.shape[1] as number);
      const whole = pad(above, [
        [0, 0],
        [0, missing],
        [0, 0],
      ]);
      const queries = add(parts.pooled_norm(parts.pool(keys)), whole);
      return cut(hiddenOf(block.run(own, queries, { ...context, keys, padding: paddingBelow(context.padding, factor) })), above);
    },
  });
}

const requireAbove = (caller: string, { above }: UpsampleContext): Tensor =>
  requireContext(caller, 'above', above, 'the vectors of the level above');

/** As many vectors as the level above has. */
const cut = (x: Tensor, above: Tensor): Tensor => slice(x, [0, 0, 0], above.shape as [number, number, number]);

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
