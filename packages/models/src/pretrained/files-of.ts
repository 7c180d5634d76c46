import { ConfigError, isList, isRecord, show, typeName } from '@longspan/core-tensor/error';
import { filesAtPath } from '#files';
import { isRepository } from '../hub/hub-names.ts';
import type { HubOptions } from '../hub/hub-options.ts';
import { addressFiles } from './address-files.ts';
import type { CheckpointFiles } from './checkpoint-files.ts';
import { filesOfBytes, filesOfHandle, filesOfList, type NamedBytes } from './given-files.ts';
import type { Told } from './progress.ts';
import { toldFiles } from './told-files.ts';

/**
 * Where a checkpoint lies: the path of a directory, in a page an address beside its own ('./models/bert'); the id of a repository of the hub
 * ('org/name'); the address of a folder; the files that a user chose or dropped, or a folder of them; bytes by their names; or whatever
 * opens files by name.
 */
export type CheckpointSource = string | URL | ArrayLike<File> | FileSystemDirectoryHandle | NamedBytes | CheckpointFiles;

export interface Reading {
  readonly told: Told;
  readonly signal: AbortSignal | undefined;
  /** For the hub, which tells of its downloads itself. */
  readonly hub: HubOptions;
}

/** The files of a source, which tell of their reads. */
export async function filesOf(caller: string, source: CheckpointSource, reading: Reading): Promise<CheckpointFiles> {
  const { told, signal, hub } = reading;
  if (typeName(source) === 'URL') return filesOf(caller, (source as URL).href, reading);
  if (typeof source === 'string') {
    if (/^(https?|blob|data):/.test(source)) return addressFiles(new URL(source), told, signal);
    const atPath = await filesAtPath(source, told, signal);
    if (atPath !== undefined) return atPath;
    if (!isRepository(source)) throw nowhere(caller, source);
    const { hubFiles } = await import('../hub/hub-files.ts');
    return hubFiles(source, { ...hub, signal }, caller);
  }
  if (isFilesOf(source)) return toldFiles(source, told);
  if (isHandle(source)) return toldFiles(filesOfHandle(source), told);
  if (isFileList(source)) return toldFiles(filesOfList(source), told);
  if (isNamedBytes(source)) return toldFiles(filesOfBytes(source), told);
  throw new ConfigError({
    caller,
    problem: 'source must say where the checkpoint lies.',
    expected: 'a path, an address, files, a folder of files, bytes by name, or { where, open(name) }',
    got: isRecord(source) ? `a record of ${Object.keys(source).slice(0, 5).join(', ')}` : show(source),
    remedy: "write the folder of the checkpoint, or { 'config.json': bytes, 'model.safetensors': bytes }.",
  });
}

const nowhere = (caller: string, source: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'source must be a folder that is there, or the id of a repository.',
    expected: "the path or the address of the folder that holds config.json, or 'org/name'",
    got: JSON.stringify(source),
    remedy: 'check the path, which starts from where the program was started.',
  });

const has = (value: unknown, ...methods: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && methods.every((name) => typeof Reflect.get(value, name) === 'function');

// By their forms and not by their classes, of which other realms have their own.
const isFilesOf = (source: unknown): source is CheckpointFiles => has(source, 'open') && isText(Reflect.get(source as object, 'where'));

const isText = (value: unknown): value is string => typeof value === 'string';

const isHandle = (source: unknown): source is FileSystemDirectoryHandle => has(source, 'getFileHandle', 'getDirectoryHandle');

const isFile = (value: unknown): value is File => has(value, 'arrayBuffer', 'slice') && isText(Reflect.get(value as object, 'name'));

const isFileList = (source: unknown): source is ArrayLike<File> =>
  (isList(source) || typeName(source) === 'FileList') &&
  (source as ArrayLike<unknown>).length > 0 &&
  Array.from(source as ArrayLike<unknown>).every(isFile);

const isSource = (value: unknown): boolean =>
  ['Uint8Array', 'ArrayBuffer'].includes(typeName(value)) || has(value, 'arrayBuffer', 'slice') || has(value, 'read');

const isNamedBytes = (source: unknown): source is NamedBytes =>
  isRecord(source) && Object.keys(source).length > 0 && Object.values(source).every(isSource);
