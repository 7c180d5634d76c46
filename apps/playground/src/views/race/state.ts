import { choice, choices, flag, integer, number, text } from '../../state/field.ts';
import { urlState } from '../../state/url-state.ts';
import { racerIds } from './racer.ts';

/** The shortest length, tokens; each of the next is twice as long. */
export const shortest = 256;
export const lengths = Array.from({ length: 10 }, (_, at) => shortest * 2 ** at);

export const passes = ['forward', 'both'] as const;

export const race = urlState('race', {
  who: choices(['full', 'window', 'lsh'], racerIds),
  /** The mask of the racer `own`. */
  mask: text('slidingWindow({ left: 127 }).or(strided({ stride: 64 })).and(causal())'),
  n: integer(4096, { from: shortest, to: lengths.at(-1) as number }),
  passes: choice('forward', passes),
  causal: flag(true),
  heads: integer(4, { from: 1, to: 64 }),
  headDim: integer(64, { from: 4, to: 256 }),
  /** Seconds that each racer may compute. */
  seconds: number(4, { from: 0.1, to: 600 }),
  /** MB that one call may hold, with its inputs. */
  memory: integer(1024, { from: 16, to: 3584 }),
});
