import type { ProgramName } from './programs.ts';

/** A part of a shard: a program, and its share of the shard's time. */
export interface Part {
  readonly name: ProgramName;
  readonly share: number;
}

type Shares = Readonly<Partial<Record<ProgramName, number>>>;

/** In percent: numbers against definitions of their own. */
const numbers: Shares = { attention: 35, mechanisms: 30, layers: 20, learning: 15 };

/** Shards in turn; shares follow what a case of each program takes. */
const turns: readonly Shares[] = [
  numbers,
  { exports: 25, masks: 20, texts: 17, files: 18, runs: 20 },
  numbers,
  { realms: 20, backends: 22, kills: 35, runs: 23 },
  numbers,
  { bench: 30, exports: 20, files: 18, texts: 15, masks: 17 },
];

/** What the shard of that number, from 1, runs: the whole of its time where one program is asked for. */
export function partsOf(shard: number, only: ProgramName | undefined): readonly Part[] {
  if (only !== undefined) return [{ name: only, share: 1 }];
  const shares = turns[(shard - 1) % turns.length] as Shares;
  return Object.entries(shares).map(([name, percent]) => ({ name: name as ProgramName, share: percent / 100 }));
}
