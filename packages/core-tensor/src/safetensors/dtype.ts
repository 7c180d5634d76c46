/**
 * The elements of each dtype in memory. The narrow floating-point numbers (F4, F6, F8, F16, BF16) are widened to float32, of which they are
 * a part; BOOL is 0 or 1; of C64 the real and imaginary parts alternate.
 */
export interface ValuesOf {
  readonly BOOL: Uint8Array;
  readonly F4: Float32Array;
  readonly F6_E2M3: Float32Array;
  readonly F6_E3M2: Float32Array;
  readonly U8: Uint8Array;
  readonly I8: Int8Array;
  readonly F8_E5M2: Float32Array;
  readonly F8_E4M3: Float32Array;
  readonly F8_E8M0: Float32Array;
  readonly F8_E4M3FNUZ: Float32Array;
  readonly F8_E5M2FNUZ: Float32Array;
  readonly I16: Int16Array;
  readonly U16: Uint16Array;
  readonly F16: Float32Array;
  readonly BF16: Float32Array;
  readonly I32: Int32Array;
  readonly U32: Uint32Array;
  readonly F32: Float32Array;
  readonly C64: Float32Array;
  readonly F64: Float64Array;
  readonly I64: BigInt64Array;
  readonly U64: BigUint64Array;
}

/** The element types that are read and written: all that the format has. */
export type SafetensorsDtype = keyof ValuesOf;

/** Bits of one element, in the reference implementation's order of dtypes, by ascending alignment; files are written from its end. */
const bitsPerElement: Readonly<Record<SafetensorsDtype, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
};

/** The typed array that holds the elements of each dtype in memory. */
export const arrayOf: Readonly<Record<SafetensorsDtype, string>> = {
  BOOL: 'Uint8Array',
  F4: 'Float32Array',
  F6_E2M3: 'Float32Array',
  F6_E3M2: 'Float32Array',
  U8: 'Uint8Array',
  I8: 'Int8Array',
  F8_E5M2: 'Float32Array',
  F8_E4M3: 'Float32Array',
  F8_E8M0: 'Float32Array',
  F8_E4M3FNUZ: 'Float32Array',
  F8_E5M2FNUZ: 'Float32Array',
  I16: 'Int16Array',
  U16: 'Uint16Array',
  F16: 'Float32Array',
  BF16: 'Float32Array',
  I32: 'Int32Array',
  U32: 'Uint32Array',
  F32: 'Float32Array',
  C64: 'Float32Array',
  F64: 'Float64Array',
  I64: 'BigInt64Array',
  U64: 'BigUint64Array',
};

/** All dtypes, by ascending alignment. */
export const dtypes: readonly SafetensorsDtype[] = Object.keys(bitsPerElement) as SafetensorsDtype[];

export const isDtype = (name: unknown): name is SafetensorsDtype => typeof name === 'string' && Object.hasOwn(bitsPerElement, name);

/** How many numbers of its typed array make one element. */
export const numbersPerElement = (dtype: SafetensorsDtype): 1 | 2 => (dtype === 'C64' ? 2 : 1);

/** The most that a count of elements or bytes may be: what a number holds exactly. */
const largest = Number.MAX_SAFE_INTEGER;

/** How many elements a shape holds, and their bytes. */
export interface Extent {
  readonly elements: number;
  /** Undefined where elements of less than a byte do not fill whole bytes. */
  readonly bytes: number | undefined;
}

/** The extent of a shape; undefined where a size is not an integer, or their product is too large. */
export function extent(dtype: SafetensorsDtype, shape: readonly unknown[]): Extent | undefined {
  let elements = 1;
  for (const size of shape) {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
    elements *= size; // as the reference does it, [2⁵³, 2⁵³, 0] overflows although it is empty
    if (elements > largest) return undefined;
  }
  if (elements % perWholeBytes(dtype) !== 0) return { elements, bytes: undefined };
  const bytes = (elements / 8) * bitsPerElement[dtype]; // divided first: exact up to the largest
  return bytes > largest ? undefined : { elements, bytes };
}

/** Of how many elements a tensor must be a multiple to fill whole bytes: 2 of 4 bits, 4 of 6. */
export const perWholeBytes = (dtype: SafetensorsDtype): number => ({ 4: 2, 6: 4 })[bitsPerElement[dtype]] ?? 1;
