/** The formats of one byte, of Micikevicius et al. 2022 (arXiv 2209.05433): E5M2 has infinities, E4M3 has none and one NaN of each sign. */
export type Float8 = 'F8_E5M2' | 'F8_E4M3';

const exponentBits: Readonly<Record<Float8, number>> = { F8_E5M2: 5, F8_E4M3: 4 };

/** float8 as float32. Exact. */
export function fromFloat8(format: Float8, bytes: Uint8Array): Float32Array {
  const table = valuesOf(format);
  return Float32Array.from(bytes, (byte) => (byte < 128 ? (table[byte] as number) : -(table[byte - 128] as number)));
}

/**
 * float32 as float8: to the nearest, ties to even. What rounds beyond the largest number is infinity in E5M2 and NaN in E4M3, as
 * torch casts it.
 */
export function toFloat8(format: Float8, values: Float32Array): Uint8Array {
  const table = valuesOf(format);
  const beyond = table.findIndex((value) => !Number.isFinite(value)); // infinity, or NaN
  const nan = 127;
  const next = 2 * (table[beyond - 1] as number) - (table[beyond - 2] as number); // where the next number would be
  return Uint8Array.from(values, (value) => {
    const sign = value < 0 || Object.is(value, -0) ? 128 : 0;
    const size = Math.abs(value);
    if (Number.isNaN(value)) return nan;
    if (size >= next) return sign | beyond;
    let [low, high] = [0, beyond]; // table[low] <= size < table[high], `next` at beyond
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((table[middle] as number) <= size) low = middle;
      else high = middle;
    }
    const below = size - (table[low] as number);
    const above = (high === beyond ? next : (table[high] as number)) - size;
    return sign | (below < above || (below === above && low % 2 === 0) ? low : high);
  });
}

/** What the 128 bytes without a sign mean, in ascending order but for NaN. */
function valuesOf(format: Float8): Float32Array {
  const exponent = exponentBits[format];
  const fraction = 7 - exponent;
  const bias = 2 ** (exponent - 1) - 1;
  return Float32Array.from({ length: 128 }, (_, byte) => {
    const power = byte >> fraction;
    const part = (byte & (2 ** fraction - 1)) / 2 ** fraction;
    if (format === 'F8_E5M2' && power === 31) return part === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    if (format === 'F8_E4M3' && byte === 127) return Number.NaN;
    return power === 0 ? part * 2 ** (1 - bias) : (1 + part) * 2 ** (power - bias);
  });
}
