/**
 * The elements of each dtype in memory. The narrow floating-point numbers (F8_E4M3, F8_E5M2, F16, BF16) are widened to float32, of which
 * they are a part; BOOL is 0 or 1.
 */
export interface ValuesOf {
  readonly BOOL: Uint8Array;
  readonly U8: Uint8Array;
  readonly I8: Int8Array;
  readonly F8_E5M2: Float32Array;
  readonly F8_E4M3: Float32Array;
  readonly I16: Int16Array;
  readonly U16: Uint16Array;
  readonly F16: Float32Array;
  readonly BF16: Float32Array;
  readonly I32: Int32Array;
  readonly U32: Uint32Array;
  readonly F32: Float32Array;
  readonly F64: Float64Array;
  readonly I64: BigInt64Array;
  readonly U64: BigUint64Array;
}

/** The element types that are read and written. */
export type SafetensorsDtype = keyof ValuesOf;

/** Bytes of one element, in the reference implementation's order of dtypes, by ascending alignment; files are written from its end. */
export const bytesPerElement: Readonly<Record<SafetensorsDtype, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
};

/** The typed array that holds the elements of each dtype in memory. */
export const arrayOf: Readonly<Record<SafetensorsDtype, string>> = {
  BOOL: 'Uint8Array',
  U8: 'Uint8Array',
  I8: 'Int8Array',
  F8_E5M2: 'Float32Array',
  F8_E4M3: 'Float32Array',
  I16: 'Int16Array',
  U16: 'Uint16Array',
  F16: 'Float32Array',
  BF16: 'Float32Array',
  I32: 'Int32Array',
  U32: 'Uint32Array',
  F32: 'Float32Array',
  F64: 'Float64Array',
  I64: 'BigInt64Array',
  U64: 'BigUint64Array',
};

/** All dtypes, by ascending alignment. */
export const dtypes: readonly SafetensorsDtype[] = Object.keys(bytesPerElement) as SafetensorsDtype[];

export const isDtype = (name: unknown): name is SafetensorsDtype => typeof name === 'string' && Object.hasOwn(bytesPerElement, name);

/** The most that a count of elements or bytes may be: what a number holds exactly. */
const largest = Number.MAX_SAFE_INTEGER;

/** How many elements a shape holds, and how many bytes; undefined where a size is not an integer, or their product is too large. */
export function extent(
  dtype: SafetensorsDtype,
  shape: readonly unknown[],
): { readonly elements: number; readonly bytes: number } | undefined {
  let elements = 1;
  for (const size of shape) {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
    elements *= size; // as the reference does it, [2⁵³, 2⁵³, 0] overflows although it is empty
    if (elements > largest) return undefined;
  }
  const bytes = elements * bytesPerElement[dtype];
  return bytes > largest ? undefined : { elements, bytes };
}
