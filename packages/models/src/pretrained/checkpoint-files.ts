import type { ByteSource } from '@longspan/core-tensor';

/**
 * The files of a checkpoint, wherever they lie: a directory, a server, the hub, what a user dropped. `fromPretrained` reads all of them through
 * this, and whoever has files in another place writes one.
 */
export interface CheckpointFiles {
  /** What errors call the place: a path, an address. */
  readonly where: string;
  /** The names that there are, where the place can tell; those in folders with `/`. Errors name them. */
  list?(): Promise<readonly string[]>;
  /** Opens a file by its name, which may lie in a folder (`1_Pooling/config.json`); undefined where there is none. */
  open(name: string): Promise<ByteSource | undefined>;
  /** What stands beside the place in the stead of weights in torch's form: a pull request of the hub. Asked for where there are no others. */
  conversion?(): Promise<WeightConversion>;
}

/** What came of looking for the same weights in safetensors. */
export interface WeightConversion {
  /** The files that hold them; undefined where there are none. */
  readonly files?: CheckpointFiles | undefined;
  /** The revision that they are: `refs/pr/7`, or its commit. */
  readonly revision?: string | undefined;
  /** Whose they are, or why there are none. */
  readonly reason: string;
}

/** A file that is written: its bytes come in turn. */
export interface WrittenFile {
  readonly name: string;
  /** Bytes of all chunks. */
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Where the files of a checkpoint go. */
export interface CheckpointSink {
  /** What errors call the place. */
  readonly where: string;
  /** Writes all of them: whoever reads meanwhile finds the old files or the new ones, as far as the place allows it. */
  write(files: readonly WrittenFile[]): Promise<void>;
}
