import type { ByteSource } from '@longspan/core-tensor';

/**
 * The files of a checkpoint, wherever they lie: a directory, a server, the hub, what a user dropped. `fromPretrained` reads all of them through
 * this, and whoever has files in another place writes one.
 */
export interface CheckpointFiles {
  /** What errors call the place: a path, an address. */
  readonly where: string;
  /** The names that there are, where the place can tell; below folders with `/`. */
  list?(): Promise<readonly string[]>;
  /** Opens a file by its name, which may lie in a folder (`1_Pooling/config.json`); undefined where there is none. */
  open(name: string): Promise<ByteSource | undefined>;
}
