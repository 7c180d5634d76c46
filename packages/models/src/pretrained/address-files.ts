import type { ByteSource } from '@longspan/core-tensor';
import { FileError } from '@longspan/core-tensor/error';
import type { CheckpointFiles } from './checkpoint-files.ts';
import { type Told, untold } from './progress.ts';

/** Bytes of the first request: the header of most checkpoints. */
const firstBytes = 2 ** 16;

/** Bytes of a request at least: tensors lie one behind the other, and each request costs its way there and back. */
const aheadBytes = 2 ** 23;

/**
 * The files below an address. They are read in ranges; from a server that knows no ranges each comes whole, as does one from another origin
 * that does not show its length.
 */
export function addressFiles(folder: URL, told: Told = untold, signal?: AbortSignal): CheckpointFiles {
  const where = folder.href;
  return {
    where,
    open: async (name) => {
      const address = new URL(folder);
      address.pathname = `${address.pathname.replace(/[/]$/, '')}/${name.split('/').map(encodeURIComponent).join('/')}`;
      return new Address(address.href, name, told, signal).open();
    },
  };
}

class Address {
  readonly #href: string;
  readonly #file: string;
  readonly #told: Told;
  readonly #signal: AbortSignal | undefined;

  constructor(href: string, file: string, told: Told, signal: AbortSignal | undefined) {
    this.#href = href;
    this.#file = file;
    this.#told = told;
    this.#signal = signal;
  }

  async open(): Promise<ByteSource | undefined> {
    this.#told.initiate(this.#file);
    const response = await this.#request({ range: `bytes=0-${firstBytes - 1}` });
    const { status } = response;
    if (status === 404 || status === 410 || this.#isPage(response)) {
      await response.body?.cancel();
      return undefined;
    }
    if (status === 416) return this.#empty(response);
    if (status !== 200 && status !== 206) throw this.#refused(response);
    const size = status === 206 ? await this.#sizeOf(response) : undefined;
    if (size === undefined) return this.#whole(status === 200 ? response : await this.#request({}));
    this.#told.download(this.#file, size);
    const first = await this.#body(response, Math.min(size, firstBytes));
    return this.#inRanges(size, first, response.headers.get('etag'));
  }

  /** Development servers, and hosts of pages with one page for all addresses, answer with that page where there is no file. */
  #isPage({ headers }: Response): boolean {
    return /^text[/]html\b/i.test(headers.get('content-type') ?? '');
  }

  #empty(response: Response): ByteSource {
    if (response.headers.get('content-range') !== 'bytes */0') throw this.#refused(response);
    return { size: 0, read: async () => new Uint8Array() };
  }

  /** Bytes of the whole file; undefined where the server does not let the page see them. */
  async #sizeOf(response: Response): Promise<number | undefined> {
    const range = /^bytes 0-\d+[/](\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
    if (range !== undefined) return Number(range);
    const head = await this.#request({}, 'HEAD');
    const length = head.ok && head.headers.get('content-encoding') === null ? head.headers.get('content-length') : null;
    return length === null ? undefined : Number(length);
  }

  async #whole(response: Response): Promise<ByteSource> {
    if (response.status !== 200) throw this.#refused(response);
    const length = response.headers.get('content-encoding') === null ? response.headers.get('content-length') : null;
    const parts: Uint8Array[] = [];
    this.#told.download(this.#file, Number(length ?? 0));
    for await (const part of this.#parts(response)) parts.push(part);
    const size = parts.reduce((sum, { length: each }) => sum + each, 0);
    if (length !== null && Number(length) !== size) throw this.#brokenOff(Number(length), size);
    const bytes = joined(parts, size);
    return { size, read: async (begin, end) => bytes.subarray(begin, end) };
  }

  /** Holds the last range: what is asked for next begins in it or behind it. */
  #inRanges(size: number, first: Uint8Array, etag: string | null): ByteSource {
    let held = { begin: 0, bytes: first };
    return {
      size,
      read: async (begin, end) => {
        const last = held;
        const heldEnd = last.begin + last.bytes.length;
        if (begin >= last.begin && end <= heldEnd) return last.bytes.subarray(begin - last.begin, end - last.begin);
        const kept = begin >= last.begin && begin < heldEnd ? last.bytes.subarray(begin - last.begin) : new Uint8Array();
        const from = begin + kept.length;
        const until = Math.min(size, Math.max(end, begin + aheadBytes));
        const response = await this.#request({ range: `bytes=${from}-${until - 1}` });
        if (response.status !== 206) throw this.#refused(response);
        if (response.headers.get('etag') !== etag) throw this.#changed();
        const bytes = joined([kept, await this.#body(response, until - from)], until - begin);
        held = { begin, bytes };
        return bytes.subarray(0, end - begin);
      },
    };
  }

  async #body(response: Response, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let at = 0;
    for await (const part of this.#parts(response)) {
      if (at + part.length > length) throw this.#brokenOff(length, at + part.length);
      bytes.set(part, at);
      at += part.length;
    }
    if (at < length) throw this.#brokenOff(length, at);
    return bytes;
  }

  async *#parts(response: Response): AsyncGenerator<Uint8Array> {
    if (response.body === null) return;
    const reader = response.body.getReader(); // not all browsers iterate over a body
    let ended = false;
    try {
      for (;;) {
        const { done, value } = await this.#reached(reader.read());
        ended = done;
        if (value === undefined) return;
        this.#told.more(this.#file, value.length);
        yield value;
      }
    } finally {
      if (!ended) await reader.cancel().catch(() => undefined); // it may have failed already
    }
  }

  #request(headers: Readonly<Record<string, string>>, method = 'GET'): Promise<Response> {
    // Within a range a compressed body would be counted by its own bytes.
    return this.#reached(fetch(this.#href, { method, headers, ...(this.#signal === undefined ? {} : { signal: this.#signal }) }));
  }

  async #reached<Value>(promise: Promise<Value>): Promise<Value> {
    try {
      return await promise;
    } catch (cause) {
      this.#signal?.throwIfAborted();
      throw new FileError(
        {
          caller: 'fromPretrained',
          problem: 'the server must be reached.',
          expected: this.#href,
          got: String((cause as { readonly message?: unknown } | null)?.message ?? cause),
          remedy: 'check the address and the network; in a page the server must allow its origin (CORS).',
        },
        { cause },
      );
    }
  }

  #refused(response: Response): FileError {
    response.body?.cancel().catch(() => undefined);
    return new FileError({
      caller: 'fromPretrained',
      problem: 'the server must give the file.',
      expected: `${this.#href}, with status 200 or 206`,
      got: `status ${response.status} ${response.statusText}`.trimEnd(),
      remedy:
        response.status === 401 || response.status === 403 ? 'check who may read the file there.' : 'try again, or check the address.',
    });
  }

  #brokenOff(expected: number, got: number): FileError {
    return new FileError({
      caller: 'fromPretrained',
      problem: 'the server must give all bytes that it was asked for.',
      expected: `${expected} bytes of ${this.#href}`,
      got: `${got}`,
      remedy: 'try again.',
    });
  }

  #changed(): FileError {
    return new FileError({
      caller: 'fromPretrained',
      problem: 'a file must stay as it is while it is read.',
      expected: `${this.#href} as it was when it was opened`,
      got: 'another version of it',
      remedy: 'read it again.',
    });
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1 && parts[0]?.length === size) return parts[0];
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
