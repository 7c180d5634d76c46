/** A part of the full check that runs alone and whose result is kept. */
export interface Shard {
  readonly name: string;
  /** What Node is started with, in the root of the workspace. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** What a finished shard came to. A shard that counts no tests counts as one. */
export interface ShardResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}
