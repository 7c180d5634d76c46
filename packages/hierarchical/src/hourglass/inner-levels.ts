import { defineLayer, type Layer, layerNorm } from '@longspan/core-tensor';
import { add } from '@tensorflow/tfjs-core';
import { downsample } from './downsample.ts';
import { paddingBelow } from './level-padding.ts';
import type { HourglassLevel } from './levels.ts';
import type { HourglassPartContext, HourglassPlan } from './plan.ts';
import { hourglassStack } from './stack.ts';
import { type UpsampleContext, upsample } from './upsample.ts';

/** The layers of one level, in the order in which they run: `before`, all deeper levels (`inner`), `after`. */
export type LevelLayers = Readonly<Record<string, Layer<HourglassPartContext>>>;

/**
 * @param layers of the stacks before and after the deeper levels; the innermost level has no second stack
 * @param total tokens that a vector of this level stands for
 */
export function levelLayers(
  plan: HourglassPlan,
  { layers: [before, after], total }: { readonly layers: readonly [number, number | undefined]; readonly total: number },
  deeper: readonly HourglassLevel[],
): LevelLayers {
  const stack = (layers: number) => hourglassStack(plan, { layers, total });
  return {
    before: stack(before),
    ...(deeper.length === 0 ? {} : { inner: innerLevels(plan, deeper) }),
    ...(after === undefined ? {} : { after: stack(after) }),
  };
}

/** x + norm(what the shorter levels make of it): `downsample` leads to the first of them, `upsample` back. */
function innerLevels(plan: HourglassPlan, [level, ...deeper]: readonly HourglassLevel[]): Layer<HourglassPartContext> {
  const { factor, layers, total } = level as HourglassLevel;
  const inOrder: Readonly<Record<string, Layer<UpsampleContext>>> = {
    downsample: plan.wrapLayer(downsample(plan, level as HourglassLevel)),
    ...levelLayers(plan, { layers: [layers, deeper.length === 0 ? undefined : layers], total }, deeper),
    upsample: plan.wrapLayer(upsample(plan, level as HourglassLevel)),
    norm: layerNorm({ width: plan.width, epsilon: plan.epsilon }),
  };
  return defineLayer({
    name: 'innerLevels',
    reads: ['padding'],
    provides: ['above'],
    parts: inOrder,
    run({ parts }, x, { padding }: HourglassPartContext) {
      // The two steps between the levels are told of the padding of x, the layers between them of that of their own vectors.
      const contexts: Readonly<Record<string, Partial<UpsampleContext>>> = { downsample: {}, upsample: { above: x } };
      const below = { padding: paddingBelow(padding, factor) };
      const added = Object.entries(parts).reduce((hidden, [name, part]) => part(hidden, contexts[name] ?? below), x);
      return add(x, added);
    },
  });
}
