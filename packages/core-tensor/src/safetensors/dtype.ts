/** The elements of each dtype in memory. F16 and BF16 are widened to float32, of which they are a part; BOOL is 0 or 1. */
export interface ValuesOf {
  readonly BOOL: Uint8Array;
  readonly U8: Uint8Array;
  readonly F16: Float32Array;
  readonly BF16: Float32Array;
  readonly I32: Int32Array;
  readonly F32: Float32Array;
  readonly I64: BigInt64Array;
}

/** The element types that are read and written; safetensors knows more. */
export type SafetensorsDtype = keyof ValuesOf;

/** Bytes of one element, in the reference implementation's order of dtypes, by ascending alignment; files are written from its end. */
export const bytesPerElement: Readonly<Record<SafetensorsDtype, number>> = { BOOL: 1, U8: 1, F16: 2, BF16: 2, I32: 4, F32: 4, I64: 8 };

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
