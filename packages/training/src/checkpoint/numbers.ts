import { ConfigError, FileError, isRecord, show } from '@longspan/core-tensor/error';
import { reasonOf } from './reason-of.ts';

/** What a checkpoint says besides its tensors. */
export interface Numbers {
  readonly version: 1;
  readonly optimizer: string;
  readonly key: readonly [number, number];
  readonly step: number;
  readonly position: number;
  /** null where nothing was validated. */
  readonly best: number | null;
  readonly waited: number;
  readonly validated: number;
  readonly optimizerState: Readonly<Record<string, number>>;
  readonly state: Readonly<Record<string, number>>;
}

/**
 * Reads them from the metadata of a file, which anyone may have written.
 * @throws ConfigError when it is no checkpoint of a run; FileError when it is a damaged one
 */
export function readNumbers(caller: string, text: string | undefined): Numbers {
  if (text === undefined) throw noCheckpoint(caller, 'a file without them');
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    throw damaged(caller, 'the numbers of the run as JSON', reasonOf(error));
  }
  if (!isRecord(values) || values['version'] !== 1) throw noCheckpoint(caller, show(text));
  for (const [name, { is, what }] of Object.entries(fields)) {
    if (!is(values[name])) throw damaged(caller, `${name}: ${what}`, show(values[name]));
  }
  return values as unknown as Numbers;
}

interface Field {
  readonly is: (value: unknown) => boolean;
  readonly what: string;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const count: Field = { is: isCount, what: 'an integer of at least 0' };
const numbers: Field = { is: (value) => isRecord(value) && Object.values(value).every(Number.isFinite), what: 'a record of numbers' };

const fields: Readonly<Record<Exclude<keyof Numbers, 'version'>, Field>> = {
  optimizer: { is: (value) => typeof value === 'string', what: 'the name of an optimiser' },
  key: { is: (value) => Array.isArray(value) && value.length === 2 && value.every(isCount), what: 'two words of a key' },
  step: count,
  position: count,
  best: { is: (value) => value === null || Number.isFinite(value), what: 'a number or null' },
  waited: count,
  validated: count,
  optimizerState: numbers,
  state: numbers,
};

const noCheckpoint = (caller: string, got: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the checkpoint must be of this run.',
    expected: 'a file with the numbers of a run, version 1',
    got,
    remedy: 'give this run a folder of its own.',
  });

const damaged = (caller: string, expected: string, got: string): FileError =>
  new FileError({
    caller,
    problem: 'the checkpoint must be whole.',
    expected,
    got,
    remedy: 'begin again in another folder; a run writes its checkpoints aside, so something else has changed this one.',
  });
