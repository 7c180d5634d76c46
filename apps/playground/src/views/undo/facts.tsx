import { Figure } from '../../controls/figure.tsx';
import { bytes, scientific, times } from '../../controls/wording.ts';
import { deepest } from './state.ts';
import { titles, type Way, ways } from './trace.ts';
import type { Held, Rebuilt } from './undo-work.ts';

export type HeldAt = Readonly<Record<Way, readonly (Held & { readonly depth: number })[]>>;

/** How much the deepest stack holds of what the shallowest does, in each way. */
export function Facts({ held }: { readonly held: HeldAt }) {
  const told = ways.flatMap((way) => {
    const [first, last] = [held[way][0], held[way].at(-1)];
    return first === undefined || last === undefined || last.depth !== deepest ? [] : [{ way, first, last }];
  });
  if (told.length < ways.length) return null;
  return (
    <div class="figures">
      {told.map(({ way, first, last }) => (
        <Figure
          key={way}
          name={`${titles[way]}, ${deepest} blocks`}
          value={bytes(last.activations)}
          note={`${times(last.activations / first.activations)} of one block’s`}
        />
      ))}
    </div>
  );
}

export const ErrorFacts = ({ rebuilt: { largest, size } }: { readonly rebuilt: Rebuilt }) => (
  <div class="figures">
    <Figure
      name="First block’s input, rebuilt"
      value={scientific(largest[0] as number)}
      note={`off at most, after ${largest.length} blocks`}
    />
    <Figure name="Last block’s input, rebuilt" value={scientific(largest.at(-1) as number)} note="off at most, after one" />
    <Figure name="Largest number there" value={scientific(Math.max(...size))} note="of the original streams" />
  </div>
);
