import { ConfigError, FileError, isExplained, requireKind, show } from '@longspan/core-tensor/error';
import { readBytes, replaceBytes, tryToWrite } from '#files';
import { reasonOf } from './reason-of.ts';

/** Where a run keeps its last checkpoint. Write another one for another place. */
export interface CheckpointStore {
  /** The bytes of the last checkpoint; undefined where there is none. */
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Replaces it, so that a crash leaves the old one or the new one. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /**
   * Throws where nothing can be written; asked before the first step, and not after hours of them.
   * @param bytes those of the weights: a checkpoint has no fewer
   */
  prepare?(bytes: number): Promise<void>;
}

const file = 'checkpoint.safetensors';

/** Bytes that are written to try a place. */
const mostTried = 2 ** 20;

/**
 * Keeps the last checkpoint of a run in a folder: in Node of the disk, in a page or a worker of the origin private file system. The file is
 * written aside and put in place at once.
 * @param folder its path; it is made where it is missing
 * @throws ConfigError when the folder is no text; what it returns: FileError with what the system says
 * @cost the disk's space twice, while one is written
 * @example
 * Object.keys(checkpointFolder('runs/first')); // => ['read', 'write', 'prepare']
 */
export function checkpointFolder(folder: string): CheckpointStore {
  requireKind('checkpointFolder', 'folder', folder, 'text');
  if (folder === '') {
    throw new ConfigError({
      caller: 'checkpointFolder',
      problem: 'folder must be a path.',
      expected: "a path such as 'runs/first'",
      got: show(folder),
      remedy: 'give each run a folder of its own.',
    });
  }
  return {
    read: () => explained('be readable', folder, readBytes(folder, file)),
    write: (bytes) => explained('be writable', folder, replaceBytes(folder, file, bytes)),
    prepare: (bytes) => explained('have a place to be written', folder, tryToWrite(folder, file, Math.min(bytes, mostTried))),
  };
}

/** What the system says of a file, as an error of this library. */
async function explained<Value>(rule: string, folder: string, work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (isExplained(error)) throw error;
    throw new FileError(
      {
        caller: 'checkpointFolder',
        problem: `the checkpoint must ${rule}.`,
        expected: `a folder that takes files, with room for two checkpoints, at ${show(folder)}`,
        got: reasonOf(error),
        remedy: 'free space there, give the rights to it, or give another folder; the checkpoint that was there still is.',
      },
      { cause: error },
    );
  }
}
