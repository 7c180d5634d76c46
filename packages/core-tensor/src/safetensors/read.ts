import { errorsOf, FileError, show, stamped, typeName } from '../error/index.ts';
import type { SafetensorsDtype, ValuesOf } from './dtype.ts';
import { fromBfloat16, fromFloat16 } from './half-precision.ts';
import { checkCoverage, parseHeader, type TensorInfo } from './header.ts';
import { fromSmallFloat } from './small-float.ts';

/** One tensor of a file. Its dtype says what values() gives. */
export type SafetensorsEntry = {
  readonly [D in SafetensorsDtype]: {
    readonly name: string;
    readonly dtype: D;
    readonly shape: readonly number[];
    /**
     * Decodes the tensor, again at each call. Where no conversion is needed and the bytes are aligned, the result is a view of
     * the file's bytes, not a copy. F4 and F6 are unpacked from the lowest bits of each byte on, as torch and ONNX pack F4: the format
     * leaves that open. C64 gives real and imaginary parts in turn.
     * @throws FileError when a BOOL is neither 0 nor 1
     */
    values(): ValuesOf[D];
  };
}[SafetensorsDtype];

export interface SafetensorsFile {
  /** Empty where the file has none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** By name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
}

/** Bytes that a header may have, as in the reference implementation. */
export const largestHeader = 100_000_000;

const fetchAgain = 'check that this is a safetensors file (not a web page, nor a Git LFS pointer), and fetch it again.';

const { file: fileError } = errorsOf('readSafetensors');

/**
 * Reads a safetensors file. All that the header says is checked before any tensor is decoded, and tensors are decoded one by one
 * when they are read, so a wrong file is an error and never a large allocation. The bytes are kept, not copied: leave them
 * unchanged for as long as the file is used.
 * @param bytes the whole file, at any offset of its buffer
 * @throws FileError when the file is cut off or too long; the header too large, no JSON, or with a name twice; a dtype unknown; a shape
 *   or an offset impossible; elements of 4 or 6 bits that do not fill whole bytes; tensors overlapping or with gaps
 * @cost O(header) time and memory
 * @source github.com/huggingface/safetensors, safetensors/src/tensor.rs; stricter with names that stand twice
 * @example
 * const bytes = writeSafetensors({ tensors: { w: { dtype: 'F16', shape: [2], values: new Float32Array([1, 0.1]) } } });
 * Array.from(readSafetensors(bytes).tensors.get('w').values()); // => [1, 0.0999755859375]
 */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer): SafetensorsFile {
  requireBytes('readSafetensors', bytes);
  const file = bytesOf(bytes);
  const start = headerEnd(file, file.length);
  const { metadata, tensors } = parseHeader(decodeHeader(file.subarray(8, start)));
  const data = file.subarray(start);
  checkCoverage(tensors, data.length);
  return { metadata, tensors: new Map(tensors.map((info) => [info.name, entry(info, data)])) };
}

/** The same bytes as a plain Uint8Array: `slice` of Node's Buffer is a view and not a copy. */
export function bytesOf(bytes: Uint8Array | ArrayBuffer): Uint8Array {
  const kind = typeName(bytes);
  if (kind === 'ArrayBuffer') return new Uint8Array(bytes as ArrayBuffer);
  const { buffer, byteOffset, byteLength } = bytes as Uint8Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * Throws unless a file came as its bytes, and says what came instead.
 * @param caller the function that was called, for the message
 */
export function requireBytes(caller: string, bytes: unknown): void {
  const kind = typeName(bytes);
  if (kind === 'ArrayBuffer' || kind === 'Uint8Array') {
    requireAttached(caller, kind === 'ArrayBuffer' ? (bytes as ArrayBuffer) : (bytes as Uint8Array).buffer);
    return;
  }
  throw new FileError({
    caller,
    problem: 'the file must be given as its bytes.',
    expected: 'a Uint8Array or an ArrayBuffer',
    got: typeof bytes === 'string' ? `the text ${show(bytes)}` : ArrayBuffer.isView(bytes) ? `a ${kind}` : show(bytes),
    remedy: `read it first: ${caller}(await readFile(path)) in Node, await (await fetch(url)).arrayBuffer() in a page.`,
  });
}

/** A buffer that was handed to a worker has no bytes any more, which only making a view of it tells. */
function requireAttached(caller: string, buffer: ArrayBufferLike): void {
  try {
    new Uint8Array(buffer, 0, 0);
  } catch (cause) {
    throw new FileError(
      {
        caller,
        problem: 'the buffer of the file must be there.',
        expected: 'a buffer that was not transferred',
        got: 'a detached buffer',
        remedy: 'read the file before its buffer goes to a worker, hand the worker a copy, or read it again.',
      },
      { cause },
    );
  }
}

/** How many bytes at the start of a file `headerEnd` looks at: the length of the header, and how it begins. */
export const startLength = 9;

/**
 * Where the header ends and the data begins.
 * @param start the first bytes of the file, `startLength` or more
 * @param size bytes of the whole file
 */
export function headerEnd(start: Uint8Array, size: number): number {
  if (size < 8)
    throw fileError({
      problem: 'the file must be at least 8 bytes.',
      expected: 'at least 8 bytes, the length of the header',
      got: `${size} bytes`,
      remedy: fetchAgain,
    });
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > largestHeader) {
    throw fileError({
      problem: 'the header must be at most 100 MB.',
      expected: `at most ${largestHeader} bytes, in the first 8 bytes of the file`,
      got: `${length} bytes`,
      remedy: fetchAgain,
    });
  }
  const end = 8 + Number(length);
  if (end > size)
    throw fileError({
      problem: 'the file must hold its whole header.',
      expected: `at least ${end} bytes`,
      got: `${size} bytes`,
      remedy: fetchAgain,
    });
  if (start[8] !== 0x7b || length === 0n) {
    throw fileError({
      problem: 'the header must begin with {.',
      expected: 'a JSON object from byte 8 on',
      got: length === 0n ? 'an empty header' : `byte ${start[8]}`,
      remedy: fetchAgain,
    });
  }
  return end;
}

/** The text of a header. */
export function decodeHeader(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    if ((cause as Error).name !== 'TypeError') throw cause;
    throw new FileError(
      {
        caller: 'readSafetensors',
        problem: 'the header must be UTF-8.',
        expected: 'JSON in UTF-8',
        got: 'other bytes',
        remedy: fetchAgain,
      },
      { cause },
    );
  }
}

/** @param data what stands behind the header, or the part of it that `begin` and `end` count from */
export function entry({ name, dtype, shape, begin, end }: TensorInfo, data: Uint8Array): SafetensorsEntry {
  // The header names the dtype at run time: from here on the types take its word.
  return stamped({ name, dtype, shape, values: () => decode[dtype](data.subarray(begin, end), name) } as SafetensorsEntry);
}

const decode: { readonly [D in SafetensorsDtype]: (bytes: Uint8Array, name: string) => ValuesOf[D] } = {
  BOOL: checkBooleans,
  F4: (bytes) => fromSmallFloat('F4', bytes),
  F6_E2M3: (bytes) => fromSmallFloat('F6_E2M3', bytes),
  F6_E3M2: (bytes) => fromSmallFloat('F6_E3M2', bytes),
  U8: (bytes) => bytes,
  I8: (bytes) => aligned(Int8Array, bytes),
  F8_E5M2: (bytes) => fromSmallFloat('F8_E5M2', bytes),
  F8_E4M3: (bytes) => fromSmallFloat('F8_E4M3', bytes),
  F8_E8M0: (bytes) => fromSmallFloat('F8_E8M0', bytes),
  F8_E4M3FNUZ: (bytes) => fromSmallFloat('F8_E4M3FNUZ', bytes),
  F8_E5M2FNUZ: (bytes) => fromSmallFloat('F8_E5M2FNUZ', bytes),
  I16: (bytes) => aligned(Int16Array, bytes),
  U16: (bytes) => aligned(Uint16Array, bytes),
  F16: (bytes) => fromFloat16(aligned(Uint16Array, bytes)),
  BF16: (bytes) => fromBfloat16(aligned(Uint16Array, bytes)),
  I32: (bytes) => aligned(Int32Array, bytes),
  U32: (bytes) => aligned(Uint32Array, bytes),
  F32: (bytes) => aligned(Float32Array, bytes),
  C64: (bytes) => aligned(Float32Array, bytes),
  F64: (bytes) => aligned(Float64Array, bytes),
  I64: (bytes) => aligned(BigInt64Array, bytes),
  U64: (bytes) => aligned(BigUint64Array, bytes),
};

/** The same bytes as wider elements: a view where their address allows it, else a copy. */
function aligned<Values>(
  Elements: { new (buffer: ArrayBufferLike, offset: number, length: number): Values; readonly BYTES_PER_ELEMENT: number },
  bytes: Uint8Array,
): Values {
  const size = Elements.BYTES_PER_ELEMENT;
  const from = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new Elements(from.buffer, from.byteOffset, from.length / size);
}

function checkBooleans(bytes: Uint8Array, name: string): Uint8Array {
  const at = bytes.findIndex((byte) => byte > 1);
  if (at < 0) return bytes;
  throw fileError({
    problem: `the BOOLs of the tensor ${JSON.stringify(name)} must be 0 or 1.`,
    expected: '0 or 1',
    got: `${bytes[at]} at element ${at}`,
    remedy: fetchAgain,
  });
}
