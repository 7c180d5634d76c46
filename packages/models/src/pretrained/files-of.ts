import { ConfigError, typeName } from '@longspan/core-tensor/error';
import { filesAtPath } from '#files';
import { isRepository } from '../hub/hub-names.ts';
import type { HubOptions } from '../hub/hub-options.ts';
import { addressFiles } from './address-files.ts';
import type { CheckpointFiles } from './checkpoint-files.ts';
import { type GivenFiles, givenFiles } from './given-files.ts';
import type { Told } from './progress.ts';
import { toldFiles } from './told-files.ts';

/**
 * Where a checkpoint lies: the path of a directory, in a page an address beside its own ('./models/bert'); the id of a repository of the hub
 * ('org/name'); the address of a folder; the files that a user chose or dropped, or a folder of them; bytes by their names; or whatever
 * opens files by name.
 */
export type CheckpointSource = string | URL | GivenFiles;

export interface Reading {
  readonly told: Told;
  readonly signal: AbortSignal | undefined;
  /** For the hub, which tells of its downloads itself. */
  readonly hub: HubOptions;
}

/** The files of a source, which tell of their reads. */
export async function filesOf(caller: string, source: CheckpointSource, reading: Reading): Promise<CheckpointFiles> {
  const { told, signal, hub } = reading;
  if (isURL(source)) return filesOf(caller, source.href, reading);
  if (typeof source === 'string') {
    if (/^https?:/.test(source)) return addressFiles(new URL(source), told, signal);
    const atPath = await filesAtPath(source, told, signal);
    if (atPath !== undefined) return atPath;
    if (!isRepository(source)) throw nowhere(caller, source);
    const { hubFiles } = await import('../hub/hub-files.ts');
    return hubFiles(source, { ...hub, signal }, caller);
  }
  return toldFiles(givenFiles(caller, source), told);
}

/** Of whatever realm. */
const isURL = (source: CheckpointSource): source is URL => typeName(source) === 'URL';

const nowhere = (caller: string, source: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'source must be a folder that is there, or the id of a repository.',
    expected: "the path or the address of the folder that holds config.json, or 'org/name'",
    got: JSON.stringify(source),
    remedy: 'check the path, which starts from where the program was started.',
  });
