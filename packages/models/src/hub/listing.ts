import { isRecord } from '@longspan/core-tensor/error';
import { isFileName, isHash } from './hub-names.ts';
import type { HubEntry } from './interface/hub-interface.ts';

/** What the hub says a file of a commit is. */
export interface ListedFile {
  readonly size: number;
  /** SHA-256 of what is stored apart (64 digits), git's SHA-1 of what lies in git (40): the name of its bytes in the cache. */
  readonly hash: string;
}

/** By the name of the file. */
export type Listing = ReadonlyMap<string, ListedFile>;

/** A listing as the Python library keeps it, in `trees/<commit>.json`. */
interface KeptListing {
  readonly format_version: 1;
  readonly files: Readonly<Record<string, KeptFile>>;
}

interface KeptFile {
  readonly size: number;
  readonly blob_id: string;
  readonly lfs_sha256?: string;
  readonly lfs_size?: number;
  readonly xet_hash?: string;
}

/** What the hub says, in the form in which it is kept. A name that leads elsewhere, or a file without a hash, is none that can be loaded. */
export function keptListing(entries: readonly HubEntry[]): string {
  const files = entries.flatMap(({ type, path, size, oid, lfs, xetHash }): readonly (readonly [string, KeptFile])[] => {
    if (type !== 'file' || typeof oid !== 'string') return [];
    const stored = lfs === undefined || lfs === null ? {} : { lfs_sha256: lfs.oid, lfs_size: lfs.size };
    return [[path, { size, blob_id: oid, ...stored, ...(typeof xetHash === 'string' ? { xet_hash: xetHash } : {}) }]];
  });
  const kept: KeptListing = { format_version: 1, files: Object.fromEntries(files) };
  return JSON.stringify(kept, undefined, 1);
}

/** Reads what was kept; undefined where it is of another form, as what is written by a later version. */
export function readListing(text: string | undefined): Listing | undefined {
  const kept = parsed(text ?? '');
  if (!isRecord(kept) || kept['format_version'] !== 1 || !isRecord(kept['files'])) return undefined;
  return new Map(
    Object.entries(kept['files']).flatMap(([name, file]) => {
      const listed = isFileName(name) ? listedFile(file) : undefined;
      return listed === undefined ? [] : [[name, listed] as const];
    }),
  );
}

function listedFile(file: unknown): ListedFile | undefined {
  if (!isRecord(file)) return undefined;
  const { size, blob_id, lfs_sha256, lfs_size } = file;
  const [hash, bytes] = lfs_sha256 === undefined ? [blob_id, size] : [lfs_sha256, lfs_size];
  const known = isHash(hash, lfs_sha256 === undefined ? 40 : 64) && Number.isSafeInteger(bytes) && (bytes as number) >= 0;
  return known ? { hash, size: bytes as number } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
