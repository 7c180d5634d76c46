import { type BackendName, backendNames } from '../../process/backend-name.ts';
import type { ExperimentOptions, Flag } from '../../run/experiment.ts';
import type { TextSource } from '../../text/text.ts';

/** The parts of the run, in their order. */
export const parts = ['checks', 'sweep', 'train'] as const;
export type Part = (typeof parts)[number];

export const file: Pick<Flag, 'name' | 'about'> = { name: 'file', about: 'a UTF-8 text instead of Moby-Dick' };

export const flags: readonly Flag[] = [
  { name: 'only', value: 'parts', about: 'which parts to run', choices: parts, isList: true, default: parts.join(',') },
  { name: 'backend', value: 'name', about: 'the tfjs backend', choices: backendNames, default: 'wasm' },
  { name: 'steps', value: 'number', about: 'training steps; as many as fit into a minute by default', least: 1 },
  { name: 'quick', about: 'short lengths and a few training steps, to see whether it works' },
];

/** What every process of a run is told. */
export interface Common {
  readonly source: TextSource;
  readonly backend: BackendName;
  readonly seed: number;
}

/** What a run was asked for, beyond what all experiments are. */
export interface Asked extends Common {
  readonly parts: readonly Part[];
  readonly isQuick: boolean;
  /** Training steps, where the user fixed them; by the clock by default. */
  readonly steps?: number;
}

export function askedOf({ flags: { file: path, only, backend, steps, quick }, seed }: ExperimentOptions): Asked {
  return {
    source: typeof path === 'string' ? { kind: 'file', path } : { kind: 'book' },
    backend: backendNames.find((name) => name === backend) ?? 'wasm',
    seed,
    parts: typeof only === 'string' ? parts.filter((part) => only.split(',').includes(part)) : parts,
    isQuick: quick === true,
    ...(typeof steps === 'string' ? { steps: Number(steps) } : {}),
  };
}
