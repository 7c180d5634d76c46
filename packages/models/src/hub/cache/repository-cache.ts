import type { ByteSource } from '@longspan/core-tensor';

/** A file of the hub that has come in part: its bytes so far, in turn, and those that follow. */
export interface IncompleteBlob {
  /** Bytes that there are. */
  size(): number;
  /** What there is, from the first byte on. */
  bytes(): AsyncIterable<Uint8Array>;
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Back to no bytes. */
  clear(): Promise<void>;
  /** What came is kept for another time. */
  close(): Promise<void>;
  /** It is whole, and takes its name at once: nobody sees a part of it under that name. */
  finish(): Promise<void>;
}

/** What is kept of one repository between runs: each file once, under its hash, and the names that a commit has for it. */
export interface RepositoryCache {
  /** What errors call the place. */
  readonly where: string;
  /** The commit that a branch or tag had when it was last asked for. */
  commitOf(revision: string): Promise<string | undefined>;
  setCommit(revision: string, commit: string): Promise<void>;
  /** What the hub said the files of a commit are, as JSON. */
  listing(commit: string): Promise<string | undefined>;
  setListing(commit: string, json: string): Promise<void>;
  /** The files of a commit that are here. */
  names(commit: string): Promise<readonly string[]>;
  open(commit: string, name: string): Promise<ByteSource | undefined>;
  /** Whether the bytes of that hash are here, as many as there must be. */
  has(hash: string, size: number): Promise<boolean>;
  /** Lets a commit call bytes that are here by a name. */
  link(commit: string, name: string, hash: string): Promise<void>;
  incomplete(hash: string): Promise<IncompleteBlob>;
  /**
   * Runs while nobody else, in this process or another, writes the bytes of that hash.
   * @param run gets a signal that is aborted if others have taken this one for dead
   */
  alone<Value>(hash: string, signal: AbortSignal | undefined, run: (lost: AbortSignal) => Promise<Value>): Promise<Value>;
}
