import { ConfigError, requireKind, show } from '@longspan/core-tensor/error';
import { readBytes, replaceBytes } from '#files';

/** Where a run keeps its last checkpoint. Write another one for another place. */
export interface CheckpointStore {
  /** The bytes of the last checkpoint; undefined where there is none. */
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Replaces it, so that a crash leaves the old one or the new one. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

const file = 'checkpoint.safetensors';

/**
 * Keeps the last checkpoint of a run in a folder: in Node of the disk, in a page or a worker of the origin private file system. The file is
 * written aside and put in place at once.
 * @param folder its path; it is made where it is missing
 * @throws ConfigError when the folder is no text
 * @cost the disk's space twice, while one is written
 * @example
 * Object.keys(checkpointFolder('runs/first')); // => ['read', 'write']
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
  return { read: () => readBytes(folder, file), write: (bytes) => replaceBytes(folder, file, bytes) };
}
