import { createSHA1, createSHA256 } from 'hash-wasm';
import type { ListedFile } from './listing.ts';

/** The hash of bytes that come one after another. */
export interface ContentHash {
  add(bytes: Uint8Array): void;
  /** Back to no bytes. */
  clear(): void;
  /** In hexadecimal digits. */
  value(): string;
}

/** By the hash that the hub knows the file by: SHA-256 where it is stored apart, git's own (SHA-1 behind a header) where it lies in git. */
export async function contentHash({ hash, size }: Pick<ListedFile, 'hash' | 'size'>): Promise<ContentHash> {
  const inGit = hash.length === 40;
  const hasher = await (inGit ? createSHA1() : createSHA256());
  const clear = (): void => {
    hasher.init();
    if (inGit) hasher.update(`blob ${size}\0`);
  };
  clear();
  return { add: (bytes) => void hasher.update(bytes), clear, value: () => hasher.digest('hex') };
}
