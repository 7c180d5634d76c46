import { defineLayer, type Layer, type LayerOutput, type LayerState, layerNorm } from '@longspan/core-tensor';
import { add, concat, type Tensor } from '@tensorflow/tfjs-core';
import { downsample } from './downsample.ts';
import { groupStates, groupsSoFar } from './groups-so-far.ts';
import { carried } from './kept-keys.ts';
import { paddingBelow } from './level-padding.ts';
import type { HourglassLevel } from './levels.ts';
import type { HourglassPartContext, HourglassPlan } from './plan.ts';
import { hourglassStack } from './stack.ts';
import { type UpsampleContext, upsample } from './upsample.ts';

/** The layers of one level, in the order in which they run: `before`, all deeper levels (`inner`), `after`. */
export type LevelLayers = Readonly<Record<string, Layer<HourglassPartContext>>>; // whether they have state makes no difference to those around

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
    ...(deeper.length === 0 ? {} : { inner: innerLevels(plan, deeper) as Layer<HourglassPartContext> }),
    ...(after === undefined ? {} : { after: stack(after) }),
  };
}

/** x + norm(what the shorter levels make of it): `downsample` leads to the first of them, `upsample` back. */
function innerLevels(plan: HourglassPlan, [level, ...deeper]: readonly HourglassLevel[]): Layer<HourglassPartContext, LayerOutput> {
  const { factor, layers, total } = level as HourglassLevel;
  const inOrder = {
    downsample: plan.wrapLayer(downsample(plan, level as HourglassLevel)),
    ...levelLayers(plan, { layers: [layers, deeper.length === 0 ? undefined : layers], total }, deeper),
    upsample: plan.wrapLayer(upsample(plan, level as HourglassLevel)),
    norm: layerNorm({ width: plan.width, epsilon: plan.epsilon }),
  } as Readonly<Record<string, Layer<UpsampleContext>>>; // whether a part has state makes no difference here
  return defineLayer<HourglassPartContext, LayerOutput, typeof inOrder, 'above' | 'place'>({
    name: 'innerLevels',
    reads: ['padding', 'seen'],
    provides: ['above', 'place'],
    states: plan.cache ? groupStates : [],
    parts: inOrder,
    run({ parts, state }, x, { padding, seen = 0 }: HourglassPartContext) {
      if (plan.cache) {
        const { members, ended, finished, place, held, next } = groupsSoFar(state, x, factor, seen);
        const inside = Object.entries(parts).filter(([name]) => name !== 'upsample' && name !== 'norm');
        const made = members && inside.reduce((hidden, [, part]) => part(hidden, { seen: ended }), members);
        const groups = [held, made].filter((each) => each !== undefined);
        const given = { above: x, place, seen: finished };
        const spread = (parts['upsample'] as Bound)(groups.length === 1 ? (groups[0] as Tensor) : concat(groups, 1), given);
        // No vector of the levels below is new: their state stays.
        const unchanged =
          members === undefined ? inside.flatMap(([name]) => Object.entries(prefixed(name, state.below(name).record()))) : [];
        const hidden = add(x, (parts['norm'] as Bound)(spread));
        return { hidden, state: { ...carried(Object.fromEntries(unchanged)), ...next(made) } };
      }
      // The two steps between the levels are told of the padding of x, the layers between them of that of their own vectors.
      const contexts: Readonly<Record<string, Partial<UpsampleContext>>> = { downsample: {}, upsample: { above: x } };
      const below = { padding: paddingBelow(padding, factor) };
      const added = Object.entries(parts).reduce((hidden, [name, part]) => part(hidden, contexts[name] ?? below), x);
      return add(x, added);
    },
  });
}

type Bound = (x: Tensor, context?: Partial<UpsampleContext>) => Tensor;

const prefixed = (prefix: string, state: LayerState): LayerState =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [`${prefix}.${name}`, value]));
