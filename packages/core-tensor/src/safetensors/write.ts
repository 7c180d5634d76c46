import { errorsOf, FileError, isList, isRecord, requireGiven, requireKind, requireKnown, show, typeName } from '../error/index.ts';
import {
  arrayOf,
  bitsPerElement,
  dtypes,
  extent,
  isDtype,
  numbersPerElement,
  perWholeBytes,
  type SafetensorsDtype,
  type ValuesOf,
} from './dtype.ts';
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
  requireKnown('writeSafetensors', content, { tensors: true, metadata: 'record' });
  const { tensors, metadata = {} } = content;
  requireGiven('writeSafetensors', 'tensors', tensors, 'tensors by their names');
  if (typeName(tensors) !== 'Map') requireKind('writeSafetensors', 'tensors', tensors, 'record');
  const named: (readonly [string, SafetensorsTensor])[] =
    typeName(tensors) === 'Map' ? [...(tensors as ReadonlyMap<string, SafetensorsTensor>)] : Object.entries(tensors);
  checkMetadata(metadata);
  for (const [name, tensor] of named) checkTensor(name, tensor);
  named.sort(([nameA, a], [nameB, b]) => dtypes.indexOf(b.dtype) - dtypes.indexOf(a.dtype) || (nameA < nameB ? -1 : 1));

  let end = 0;
  const entries = named.map(([name, { dtype, shape, values }]) => {
    const begin = end;
    end += (values.length / numbersPerElement(dtype) / 8) * bitsPerElement[dtype];
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const header = encodeHeader(entries, metadata);
  const file = allocate(8 + header.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let at = 8 + header.length;
  for (const [, tensor] of named) {
    const { buffer, byteOffset, byteLength } = encode(tensor);
    file.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return file;
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

function checkTensor(name: string, tensor: SafetensorsTensor): void {
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
  const { dtype, shape, values } = tensor;
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
  const elements = arrayOf[dtype];
  if (typeName(values) !== elements) {
    throw fileError({
      problem: `the values of the tensor ${label} must be a ${elements}.`,
      expected: `${elements} (${dtype})`,
      got: ArrayBuffer.isView(values) ? typeName(values) : show(values),
      remedy: `give ${elements}.from(values).`,
    });
  }
  const wanted = extent(dtype, shape);
  const count = (wanted?.elements ?? 0) * numbersPerElement(dtype);
  if (wanted === undefined || count !== values.length) {
    const each = numbersPerElement(dtype) === 1 ? 'elements' : 'numbers, two for each element';
    throw fileError({
      problem: `the values of the tensor ${label} must fill its shape.`,
      expected: wanted === undefined ? 'a shape of integers' : `${count} ${each} ([${shape.join(', ')}])`,
      got: wanted === undefined ? `[${Array.from(shape, show).join(', ')}]` : `${values.length}`,
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
