import { dataRacers } from './data-racers.ts';
import { fullRacers } from './full-racers.ts';
import { memoryRacers } from './memory-racers.ts';
import { patternRacers } from './pattern-racers.ts';
import { presetRacers } from './preset-racers.ts';
import type { Racer, RacerId } from './racer.ts';

/** All that may take part, in the order of the page. */
export const racers: readonly Racer[] = [...fullRacers, ...patternRacers, ...dataRacers, ...memoryRacers, ...presetRacers];

export const racerOf = (id: RacerId): Racer => racers.find((each) => each.id === id) as Racer;
