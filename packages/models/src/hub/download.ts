import type { ErrorsOf } from '@longspan/core-tensor/error';
import { messageOf } from './answer-error.ts';
import type { IncompleteBlob } from './cache/repository-cache.ts';
import { type ContentHash, contentHash } from './content-hash.ts';
import type { ListedFile } from './listing.ts';
import { pause } from './pause.ts';
import { backoff, mostTries, type World } from './requests.ts';

/** A file that is to come. */
export interface Download {
  readonly name: string;
  readonly file: ListedFile;
  readonly address: string;
  /** Gives good answers only. */
  readonly request: typeof fetch;
  readonly world: World;
  readonly errors: ErrorsOf;
  readonly loaded: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Fetches what a blob lacks of its file, from the byte at which it ends, and lets it take its name when its hash is right. A file that is
 * wrong is fetched once more from its first byte: what an earlier run has left may have been wrong.
 * @throws FileError where it is wrong again, or breaks off again and again; what the signal was aborted with. What came is kept
 */
export async function download(work: Download, blob: IncompleteBlob): Promise<void> {
  const { file, loaded, signal } = work;
  const hash = await contentHash(file);
  if (blob.size() > file.size) await blob.clear();
  for await (const bytes of blob.bytes()) {
    signal.throwIfAborted();
    hash.add(bytes);
  }
  loaded(blob.size());
  for (let time = 1; ; time++) {
    const surplus = await fetchRest(work, blob, hash);
    const value = hash.value();
    if (surplus === 0 && value === file.hash) return blob.finish();
    await blob.clear();
    hash.clear();
    if (time === 2) throw wrongBytes(work, value, surplus);
  }
}

/** @returns bytes that came beyond the end of the file */
async function fetchRest(work: Download, blob: IncompleteBlob, hash: ContentHash): Promise<number> {
  const { file, loaded, signal, world } = work;
  for (let breaks = 0; blob.size() < file.size; ) {
    const begin = blob.size();
    // Not kept by the browser as well: the disk would hold it twice.
    const answer = await work.request(work.address, { cache: 'no-store', headers: { range: `bytes=${begin}-` } });
    if (answer.status === 200 && begin > 0) {
      await blob.clear(); // a server without ranges sends all of it
      hash.clear();
    }
    if (answer.status === 206) requireRange(work, begin, answer.headers.get('content-range'));
    const reader = (answer.body ?? (new Response('').body as ReadableStream<Uint8Array<ArrayBuffer>>)).getReader();
    let failure: unknown;
    try {
      for (;;) {
        const { done, bytes } = await nextOf(reader, work).catch((error: unknown) => {
          failure = error;
          return { done: true, bytes: undefined };
        });
        signal.throwIfAborted();
        if (done || bytes === undefined) break;
        const room = file.size - blob.size();
        const taken = bytes.length > room ? bytes.slice(0, room) : bytes;
        await blob.append(taken);
        hash.add(taken);
        loaded(blob.size());
        if (bytes.length > room) return bytes.length - room;
      }
    } finally {
      reader.cancel().catch(() => {});
    }
    if (blob.size() === file.size) break;
    breaks = blob.size() > begin ? 0 : breaks + 1;
    if (breaks === mostTries) throw brokenOff(work, blob.size(), failure);
    await world.pause(backoff(breaks + 1), signal);
  }
  return 0;
}

type Next = { readonly done: boolean; readonly bytes: Uint8Array<ArrayBuffer> | undefined };

/** The next bytes; an error if none come while a connection may be silent. */
async function nextOf(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>, { world, signal }: Download): Promise<Next> {
  const over = new AbortController();
  const end = (): void => over.abort(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  const silence = pause(world.patience, over.signal).then(() => {
    throw new Error(`a connection must give bytes within ${world.patience / 1000} s`);
  });
  try {
    const { done, value } = await Promise.race([reader.read(), silence]);
    return { done, bytes: value };
  } finally {
    signal.removeEventListener('abort', end);
    silence.catch(() => {});
    over.abort();
  }
}

function requireRange({ name, file, errors }: Download, begin: number, header: string | null): void {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header ?? '') ?? [];
  // A page may not be shown the header; then the hash alone decides.
  if (header === null || (Number(start) === begin && (total === '*' || Number(total) === file.size))) return;
  throw errors.file({
    problem: 'the server must send the bytes that it is asked for.',
    expected: `${name} from byte ${begin} on, of ${file.size}`,
    got: `Content-Range: ${header}`,
    remedy: 'check any proxy between here and the hub.',
  });
}

const wrongBytes = ({ name, file, errors, address }: Download, value: string, surplus: number): Error =>
  errors.file({
    problem: 'the bytes that came must be those that the hub lists.',
    expected: `${name}: ${file.size} bytes, ${file.hash.length === 64 ? 'SHA-256' : "git's SHA-1"} ${file.hash}`,
    got: `${surplus > 0 ? `${surplus} bytes more` : value}, twice, from ${address}`,
    remedy: 'nothing of it was kept: check any proxy between here and the hub, and try again.',
  });

const brokenOff = ({ name, file, errors }: Download, size: number, failure: unknown): Error =>
  errors.file({
    problem: 'the connection must hold until a file is here.',
    expected: `${name}: ${file.size} bytes`,
    got: `${size}, then ${mostTries} connections without one more: ${failure === undefined ? 'the answer ended' : messageOf(failure)}`,
    remedy: 'try again: what has come is kept, and the rest is asked for.',
  });
