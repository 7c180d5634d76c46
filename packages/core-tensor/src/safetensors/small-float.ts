/**
 * The formats of a byte or less: those of the OCP (Microscaling Formats 1.0; Micikevicius et al. 2022, arXiv 2209.05433) and the FNUZ ones
 * of Noune et al. 2022 (arXiv 2206.02915).
 */
export type SmallFloat = 'F4' | 'F6_E2M3' | 'F6_E3M2' | 'F8_E5M2' | 'F8_E4M3' | 'F8_E8M0' | 'F8_E4M3FNUZ' | 'F8_E5M2FNUZ';

/** A sign, exponent bits, fraction bits, and which codes are no numbers: E8M0, which is an exponent alone, has none of these. */
interface Format {
  readonly exponent: number;
  readonly fraction: number;
  readonly bias: number;
  readonly besides: 'nothing' | 'infinity and NaN' | 'NaN at the top' | 'NaN for −0';
}

const formats: Readonly<Record<Exclude<SmallFloat, 'F8_E8M0'>, Format>> = {
  F4: { exponent: 2, fraction: 1, bias: 1, besides: 'nothing' },
  F6_E2M3: { exponent: 2, fraction: 3, bias: 1, besides: 'nothing' },
  F6_E3M2: { exponent: 3, fraction: 2, bias: 3, besides: 'nothing' },
  F8_E5M2: { exponent: 5, fraction: 2, bias: 15, besides: 'infinity and NaN' },
  F8_E4M3: { exponent: 4, fraction: 3, bias: 7, besides: 'NaN at the top' },
  F8_E4M3FNUZ: { exponent: 4, fraction: 3, bias: 8, besides: 'NaN for −0' },
  F8_E5M2FNUZ: { exponent: 5, fraction: 2, bias: 16, besides: 'NaN for −0' },
};

const bitsOf = (format: SmallFloat): 4 | 6 | 8 => (format === 'F4' ? 4 : format.startsWith('F6') ? 6 : 8);

/** A small float's bytes as float32. Exact. */
export function fromSmallFloat(format: SmallFloat, bytes: Uint8Array): Float32Array {
  const table = valuesOf(format);
  return Float32Array.from(unpacked(bytes, bitsOf(format)), (code) => table[code] as number);
}

/**
 * float32 as the bytes of a small float: to the nearest, ties to even. What rounds beyond the largest number is what torch casts it to,
 * infinity in E5M2 and NaN in the other formats of a byte; F4 and F6, which have neither, keep the largest. E8M0 takes its own values
 * alone (`holds`).
 */
export function toSmallFloat(format: SmallFloat, values: Float32Array): Uint8Array {
  if (format === 'F8_E8M0') {
    // 2⁻¹²⁷, which is code 0, is subnormal in float32, so its exponent bits are 0 as well.
    return Uint8Array.from(new Uint32Array(values.slice().buffer), (bits) => (bits >>> 23) & 255);
  }
  const table = valuesOf(format);
  const { besides } = formats[format];
  const negative = table.length / 2;
  const firstOther = table.subarray(0, negative).findIndex((value) => !Number.isFinite(value)); // infinity, or NaN
  const beyond = firstOther < 0 ? negative : firstOther;
  const next = 2 * (table[beyond - 1] as number) - (table[beyond - 2] as number); // where the next number would be
  const codes = Uint8Array.from(values, (value) => {
    const sign = value < 0 || Object.is(value, -0) ? negative : 0;
    if (Number.isNaN(value)) return besides === 'NaN for −0' ? negative : negative - 1;
    const code = nearest(table, beyond, next, Math.abs(value));
    if (besides === 'NaN for −0') return code === beyond ? negative : code === 0 ? 0 : sign | code;
    return sign | (besides === 'nothing' ? Math.min(code, beyond - 1) : code);
  });
  return packed(codes, bitsOf(format));
}

/** Whether a format has anything for that value: F4 and F6 for numbers alone, E8M0 for its powers of two and NaN. */
export function holds(format: SmallFloat, value: number): boolean {
  if (format !== 'F8_E8M0') return formats[format].besides !== 'nothing' || Number.isFinite(value);
  const bytes = toSmallFloat(format, Float32Array.of(value));
  return Object.is(fromSmallFloat(format, bytes)[0], value);
}

/** The code whose value is nearest to a size: one of 0 … beyond − 1, or `beyond`, whose value would be `next`. */
function nearest(table: Float32Array, beyond: number, next: number, size: number): number {
  if (size >= next) return beyond;
  let [low, high] = [0, beyond]; // table[low] <= size < table[high], `next` at beyond
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((table[middle] as number) <= size) low = middle;
    else high = middle;
  }
  const below = size - (table[low] as number);
  const above = (high === beyond ? next : (table[high] as number)) - size;
  return below < above || (below === above && low % 2 === 0) ? low : high;
}

/** What each code means; those without a sign first, ascending up to the largest number. */
function valuesOf(format: SmallFloat): Float32Array {
  if (format === 'F8_E8M0') return Float32Array.from({ length: 256 }, (_, code) => (code === 255 ? Number.NaN : 2 ** (code - 127)));
  const { exponent, fraction, bias, besides } = formats[format];
  const negative = 2 ** (exponent + fraction);
  const values = new Float32Array(2 * negative);
  for (let code = 0; code < negative; code++) {
    const power = code >> fraction;
    const part = (code & (2 ** fraction - 1)) / 2 ** fraction;
    let value = power === 0 ? part * 2 ** (1 - bias) : (1 + part) * 2 ** (power - bias);
    if (besides === 'infinity and NaN' && power === 2 ** exponent - 1) value = part === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    if (besides === 'NaN at the top' && code === negative - 1) value = Number.NaN;
    values[code] = value;
    values[negative + code] = -value;
  }
  if (besides === 'NaN for −0') values[negative] = Number.NaN;
  return values;
}

// Codes of 4 and 6 bits fill the bytes from their lowest bit on, as torch and ONNX pack those of 4. The file format itself only says that
// they fill whole bytes.

function unpacked(bytes: Uint8Array, bits: 4 | 6 | 8): Uint8Array {
  if (bits === 8) return bytes;
  const codes = new Uint8Array((bytes.length * 8) / bits);
  for (let i = 0; i < codes.length; i++) {
    const at = Math.floor((i * bits) / 8);
    const two = (bytes[at] as number) | ((bytes[at + 1] ?? 0) << 8);
    codes[i] = (two >> ((i * bits) % 8)) & (2 ** bits - 1);
  }
  return codes;
}

function packed(codes: Uint8Array, bits: 4 | 6 | 8): Uint8Array {
  if (bits === 8) return codes;
  const bytes = new Uint8Array((codes.length * bits) / 8);
  for (let i = 0; i < codes.length; i++) {
    const at = Math.floor((i * bits) / 8);
    const two = (codes[i] as number) << ((i * bits) % 8);
    bytes[at] = (bytes[at] as number) | two;
    if (two > 255) bytes[at + 1] = two >> 8;
  }
  return bytes;
}
