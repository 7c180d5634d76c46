import { errorsOf, inNameOf, isRecord, show, stamped } from '../error/index.ts';
import type { SafetensorsDtype } from './dtype.ts';
import { checkCoverage, parseHeader, type TensorInfo } from './header.ts';
import { bytesOf, decodeHeader, entry, headerEnd, requireBytes, type SafetensorsEntry, startLength } from './read.ts';

/** A file that is read in parts: a File of a page, what `fs.openAsBlob` gives in Node, or anything that answers ranges of bytes. */
export type ByteSource =
  | Pick<Blob, 'size' | 'slice' | 'arrayBuffer'>
  | {
      /** Bytes of the file. */
      readonly size: number;
      /** The bytes from `begin` to before `end`. */
      readonly read: (begin: number, end: number) => Promise<Uint8Array | ArrayBuffer>;
    };

/** One tensor of a file, still unread. */
export interface OpenedEntry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Reads this tensor's bytes, again at each call; `toTensor` takes what it gives. */
  read(): Promise<SafetensorsEntry>;
}

export interface OpenedSafetensors {
  /** Empty where the file has none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** By name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, OpenedEntry>;
}

const caller = 'openSafetensors';
const { config: configError, file: fileError } = errorsOf(caller);

/**
 * Opens a safetensors file without reading it whole: the header now, each tensor when it is asked for. So a page takes one embedding
 * out of a model of gigabytes, or moves it to the device tensor by tensor.
 * @throws FileError as `readSafetensors`, and where the source gives other bytes than it was asked for
 * @cost two reads for the header, then one for each tensor that is read, of its bytes alone
 * @source github.com/huggingface/safetensors, `safe_open`
 * @example
 * const bytes = writeSafetensors({ tensors: { w: { dtype: 'F32', shape: [2], values: new Float32Array([1, 2]) } } });
 * const file = await openSafetensors(new Blob([bytes]));
 * await toTensor(await file.tensors.get('w').read()).data(); // => [1, 2]
 */
export async function openSafetensors(source: ByteSource): Promise<OpenedSafetensors> {
  requireSource(source);
  const { size } = source;
  const begin = await bytesBetween(source, 0, Math.min(startLength, size));
  const start = inNameOf(caller, () => headerEnd(begin, size));
  const text = await bytesBetween(source, 8, start);
  const { metadata, tensors } = inNameOf(caller, () => {
    const header = parseHeader(decodeHeader(text));
    checkCoverage(header.tensors, size - start);
    return header;
  });
  return { metadata, tensors: new Map(tensors.map((info) => [info.name, opened(info, source, start)])) };
}

function opened(info: TensorInfo, source: ByteSource, start: number): OpenedEntry {
  const { name, dtype, shape, begin, end } = info;
  return stamped({
    name,
    dtype,
    shape,
    read: async () => entry({ ...info, begin: 0, end: end - begin }, await bytesBetween(source, start + begin, start + end)),
  });
}

function requireSource(source: unknown): asserts source is ByteSource {
  const { size, read, slice, arrayBuffer } = (typeof source === 'object' && source !== null ? source : {}) as Readonly<
    Record<string, unknown>
  >;
  const gives = typeof read === 'function' || (typeof slice === 'function' && typeof arrayBuffer === 'function');
  if (Number.isSafeInteger(size) && (size as number) >= 0 && gives) return;
  throw configError({
    problem: 'the source must give ranges of bytes.',
    expected: 'a Blob or File, or { size, read(begin, end) }',
    got: isRecord(source) ? `a record of ${Object.keys(source).slice(0, 5).join(', ')}` : show(source),
    remedy: "in Node: await openAsBlob(path), from 'node:fs'; bytes that are there already: readSafetensors(bytes).",
  });
}

async function bytesBetween(source: ByteSource, begin: number, end: number): Promise<Uint8Array> {
  if (begin === end) return new Uint8Array();
  const given = 'read' in source ? await source.read(begin, end) : await source.slice(begin, end).arrayBuffer();
  requireBytes(caller, given);
  const bytes = bytesOf(given);
  if (bytes.length === end - begin) return bytes;
  throw fileError({
    problem: 'the source must give the bytes that it is asked for.',
    expected: `${end - begin} bytes, from ${begin} to ${end}`,
    got: `${bytes.length} bytes`,
    remedy: 'let read(begin, end) give the bytes from begin to before end; a server must answer Range requests with status 206.',
  });
}
