import { errorsOf, FileError, isList, isRecord, requireGiven, requireKind, requireKnown, show, typeName } from '../error/index.ts';
import { arrayOf, dtypes, extent, isDtype, numbersPerElement, perWholeBytes, type SafetensorsDtype, type ValuesOf } from './dtype.ts';
import { toBfloat16, toFloat16 } from './half-precision.ts';
import { isUnicode, metadataName } from './header.ts';
import { largestHeader } from './read.ts';
import { holds, toSmallFloat } from './small-float.ts';

/** A tensor to write. F16, BF16, F8, F6 and F4 are given as float32 and rounded, but for F8_E8M0, which takes its own values alone. */
export type SafetensorsTensor = {
  readonly [D in SafetensorsDtype]: { readonly dtype: D; readonly shape: readonly number[]; readonly values: ValuesOf[D] };
}[SafetensorsDtype];

export interface SafetensorsContent {
  readonly tensors: Readonly<Record<string, SafetensorsTensor>> | ReadonlyMap<string, SafetensorsTensor>;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

const { file: fileError } = errorsOf('writeSafetensors');

/**
 * Makes the bytes of a safetensors file. The same content gives the same bytes. Whoever stores them should write a file aside and
 * then rename it, so that a crash leaves the old file or the new one, never half of one.
 * @returns the whole file: header padded to a multiple of 8 bytes, tensors by descending alignment and then by name
 * @throws FileError when values do not fit their dtype or shape, a name or metadata cannot be written, or the file gets too large
 * @cost one copy of all tensors; F16, BF16, F8, F6 and F4 go to the nearest, ties to even
 * @source github.com/huggingface/safetensors, safetensors/src/tensor.rs (`prepare`)
 * @example
 * writeSafetensors({ tensors: { w: { dtype: 'F32', shape: [2, 1], values: new Float32Array([1, 2]) } } }).length; // => 72
 */
export function writeSafetensors(content: SafetensorsContent): Uint8Array<ArrayBuffer> {
  const { named, metadata } = contentOf('writeSafetensors', content);
  for (const [name, tensor] of named) {
    checkDescribed(name, tensor);
    checkValues(name, tensor);
  }
  const { header, size, ordered } = arranged(named, metadata);
  const file = allocate(size);
  file.set(header);
  let at = header.length;
  for (const [, tensor] of ordered) {
    const bytes = bytesOfTensor(tensor);
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/** The tensors of a content in turn, and its metadata, checked. */
export function contentOf<Tensor>(
  caller: string,
  content: {
    readonly tensors: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>;
    readonly metadata?: Readonly<Record<string, string>> | undefined;
  },
): { readonly named: readonly (readonly [string, Tensor])[]; readonly metadata: Readonly<Record<string, string>> } {
  requireKnown(caller, content, { tensors: true, metadata: 'record' });
  const { tensors, metadata = {} } = content;
  requireGiven(caller, 'tensors', tensors, 'tensors by their names');
  if (typeName(tensors) !== 'Map') requireKind(caller, 'tensors', tensors, 'record');
  checkMetadata(metadata);
  return { named: typeName(tensors) === 'Map' ? [...(tensors as ReadonlyMap<string, Tensor>)] : Object.entries(tensors), metadata };
}

/** What a header says of a tensor. */
type Described = Pick<SafetensorsTensor, 'dtype' | 'shape'>;

/** The beginning of the file of tensors whose shapes were checked: its header, and in which order they follow. */
export function arranged<Tensor extends Described>(
  named: readonly (readonly [string, Tensor])[],
  metadata: Readonly<Record<string, string>>,
): { readonly header: Uint8Array<ArrayBuffer>; readonly size: number; readonly ordered: readonly (readonly [string, Tensor])[] } {
  const ordered = [...named].sort(
    ([nameA, a], [nameB, b]) => dtypes.indexOf(b.dtype) - dtypes.indexOf(a.dtype) || (nameA < nameB ? -1 : 1),
  );
  let end = 0;
  const entries = ordered.map(([name, { dtype, shape }]) => {
    const begin = end;
    end += extent(dtype, shape)?.bytes as number;
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const text = encodeHeader(entries, metadata);
  const header = new Uint8Array(8 + text.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(text.length), true);
  header.set(text, 8);
  return { header, size: header.length + end, ordered };
}

function encodeHeader(entries: readonly (readonly [string, object])[], metadata: Readonly<Record<string, string>>): Uint8Array {
  // Not one object of all tensors: in that, names that are integers would come first.
  const parts = Object.keys(metadata).length === 0 ? entries : [[metadataName, metadata] as const, ...entries];
  const text = `{${parts.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  const bytes = new TextEncoder().encode(text);
  const header = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(0x20);
  if (header.length > largestHeader) {
    throw fileError({
      problem: 'the header must be at most 100 MB.',
      expected: `at most ${largestHeader} bytes`,
      got: `${header.length} bytes`,
      remedy: 'write several files, or less metadata.',
    });
  }
  header.set(bytes);
  return header;
}

/** The bytes of a tensor as they stand in a file; a view of its values where they need no conversion. */
export function bytesOfTensor(tensor: SafetensorsTensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = encode(tensor);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function encode(tensor: SafetensorsTensor): ArrayBufferView {
  switch (tensor.dtype) {
    case 'F16':
      return toFloat16(tensor.values);
    case 'BF16':
      return toBfloat16(tensor.values);
    case 'F4':
    case 'F6_E2M3':
    case 'F6_E3M2':
    case 'F8_E5M2':
    case 'F8_E4M3':
    case 'F8_E8M0':
    case 'F8_E4M3FNUZ':
    case 'F8_E5M2FNUZ':
      return toSmallFloat(tensor.dtype, tensor.values);
    default:
      return tensor.values;
  }
}

function allocate(bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    const remedy = 'write several files, and an index of them.';
    const explanation = { caller: 'writeSafetensors', problem: 'the file must fit into one buffer.', expected: 'what one buffer can hold' };
    throw new FileError({ ...explanation, got: `${bytes} bytes`, remedy }, { cause });
  }
}

/** Throws unless a tensor of that dtype and shape can be written under that name. */
export function checkDescribed(name: string, tensor: Described): void {
  const label = JSON.stringify(name);
  if (!isRecord(tensor) || !isList(tensor.shape)) {
    throw fileError({
      problem: `the tensor ${label} must have a dtype, a shape and values.`,
      expected: '{ dtype, shape, values }',
      got: show(tensor),
      remedy: "write { dtype: 'F32', shape: [2], values: Float32Array.of(1, 2) }.",
    });
  }
  requireKnown('writeSafetensors', tensor, ['dtype', 'shape', 'values', 'name']); // an entry that was read has its name
  const { dtype, shape } = tensor;
  if (name === metadataName || !isUnicode(name)) {
    throw fileError({
      problem: `the name of a tensor must be valid Unicode other than ${metadataName}.`,
      expected: `Unicode, and not ${metadataName}`,
      got: label,
      remedy: 'rename the tensor.',
    });
  }
  if (!isDtype(dtype)) {
    throw fileError({
      problem: `the dtype of the tensor ${label} must be one of ${dtypes.join(', ')}.`,
      expected: dtypes.join(', '),
      got: show(dtype),
      remedy: 'give one of these.',
    });
  }
  const wanted = extent(dtype, shape);
  if (wanted === undefined) {
    throw fileError({
      problem: `the values of the tensor ${label} must fill its shape.`,
      expected: 'a shape of integers',
      got: `[${Array.from(shape, show).join(', ')}]`,
      remedy: 'give the shape that the values have.',
    });
  }
  if (wanted.bytes === undefined) {
    throw fileError({
      problem: `the elements of the tensor ${label} must fill whole bytes.`,
      expected: `a multiple of ${perWholeBytes(dtype)} elements (${dtype})`,
      got: `${wanted.elements} ([${shape.join(', ')}])`,
      remedy: 'pad the tensor, or give dtype F16.',
    });
  }
}

/** Throws unless the values of such a tensor fill it. */
export function checkValues(name: string, tensor: SafetensorsTensor): void {
  const { dtype, shape, values } = tensor;
  const label = JSON.stringify(name);
  const elements = arrayOf[dtype];
  if (typeName(values) !== elements) {
    throw fileError({
      problem: `the values of the tensor ${label} must be a ${elements}.`,
      expected: `${elements} (${dtype})`,
      got: ArrayBuffer.isView(values) ? typeName(values) : show(values),
      remedy: `give ${elements}.from(values).`,
    });
  }
  const count = (extent(dtype, shape)?.elements ?? 0) * numbersPerElement(dtype);
  if (count !== values.length) {
    const each = numbersPerElement(dtype) === 1 ? 'elements' : 'numbers, two for each element';
    throw fileError({
      problem: `the values of the tensor ${label} must fill its shape.`,
      expected: `${count} ${each} ([${shape.join(', ')}])`,
      got: `${values.length}`,
      remedy: 'give the shape that the values have.',
    });
  }
  checkRange(label, tensor);
}

/** Refuses values that their dtype has nothing for. */
function checkRange(label: string, { dtype, values }: SafetensorsTensor): void {
  switch (dtype) {
    case 'BOOL': {
      const at = values.findIndex((value) => value > 1);
      if (at < 0) return;
      throw fileError({
        problem: `the BOOLs of the tensor ${label} must be 0 or 1.`,
        expected: '0 or 1',
        got: `${values[at]} at element ${at}`,
        remedy: 'give 0 or 1, or dtype U8.',
      });
    }
    case 'F4':
    case 'F6_E2M3':
    case 'F6_E3M2':
    case 'F8_E8M0': {
      const at = values.findIndex((value) => !holds(dtype, value));
      if (at < 0) return;
      const scale = dtype === 'F8_E8M0';
      throw fileError({
        problem: `the values of the tensor ${label} must be ${scale ? 'powers of two' : 'finite'}.`,
        expected: scale ? '2⁻¹²⁷ … 2¹²⁷, or NaN (F8_E8M0 is an exponent alone)' : `finite numbers (${dtype} has no infinity and no NaN)`,
        got: `${values[at]} at element ${at}`,
        remedy: scale ? 'give 2 ** Math.round(Math.log2(value)), or dtype BF16.' : 'give dtype F8_E5M2 or F16.',
      });
    }
  }
}

function checkMetadata(metadata: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === 'string' && isUnicode(value) && isUnicode(key)) continue;
    const got = `${JSON.stringify(key)}: ${typeof value === 'string' ? JSON.stringify(value) : typeof value}`;
    throw fileError({
      problem: 'the keys and values of metadata must be strings of valid Unicode.',
      expected: 'strings of Unicode',
      got,
      remedy: 'give JSON.stringify(value) for what is not a string.',
    });
  }
}
