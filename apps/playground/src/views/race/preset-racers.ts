import { type Preset, presets } from '../pattern/presets.ts';
import type { Racer } from './racers.ts';

/** Presets of the view Pattern that are masks at every length, and no racers already. */
export const presetIds = ['window', 'chunks', 'sparse-fixed', 'modernbert', 'longt5', 'mistral', 'prefix'] as const;

export const presetRacers = presetIds.map((id): Racer => {
  const { title, expression, source } = presets.find((each) => each.id === id) as Preset;
  return {
    id: `pattern-${id}`,
    title,
    short: title.split(/[ ,(]/)[0] as string,
    group: 'Presets of Pattern',
    says: `As it stands there, at every length and whether causal or not: ${expression}`,
    growth: 'n, if its windows and blocks stay as they are',
    source,
    mask: () => expression,
  };
});
