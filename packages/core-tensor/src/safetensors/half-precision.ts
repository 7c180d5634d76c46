// All conversions go by bits, so that infinities, subnormals and the payloads of NaN stay what they are.

/** float16 (1 sign, 5 exponent, 10 fraction bits) as float32. Exact. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i] as number;
    const sign = (half & 0x8000) << 16;
    const rest = half & 0x7fff;
    if (rest >= 0x7c00) bits[i] = sign | 0x7f800000 | ((rest & 0x3ff) << 13);
    else if (rest >= 0x0400)
      bits[i] = sign | ((rest << 13) + (112 << 23)); // the exponents' biases are 15 and 127
    else values[i] = (sign < 0 ? -1 : 1) * rest * 2 ** -24;
  }
  return values;
}

/** bfloat16 (the upper half of a float32) as float32. Exact. */
export function fromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16;
  return new Float32Array(bits.buffer);
}

/** float32 as float16: to the nearest, ties to even; from 65,520 on infinity. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i] as number;
    halves[i] = ((word >>> 16) & 0x8000) | float16Magnitude(word & 0x7fffffff);
  }
  return halves;
}

/** float32 as bfloat16: to the nearest, ties to even; what rounds beyond the largest is infinity. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i] as number;
    const upper = word >>> 16;
    if ((word & 0x7fffffff) > 0x7f800000)
      halves[i] = upper | ((upper & 0x7f) === 0 ? 0x40 : 0); // NaN, even with its payload cut off
    else halves[i] = (word + 0x7fff + (upper & 1)) >>> 16;
  }
  return halves;
}

/** Not through numbers: those may change the payload of NaN. */
const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.slice().buffer);

/** The 15 lower bits of the float16 of a float32 with its sign cleared. */
function float16Magnitude(rest: number): number {
  if (rest > 0x7f800000) return 0x7c00 | ((rest >>> 13) & 0x3ff || 0x200); // NaN, even with its payload cut off
  if (rest >= 0x477ff000) return 0x7c00; // from 65,520 on, the middle between 65,504 and 2¹⁶
  if (rest >= 0x38800000) return (rest - (112 << 23) + 0xfff + ((rest >>> 13) & 1)) >>> 13; // from 2⁻¹⁴ on
  // Subnormals are whole multiples of 2⁻²⁴. The fraction with its leading 1 counts units of 2^(exponent − 150).
  const shift = 126 - (rest >>> 23);
  if (shift > 24) return 0; // below 2⁻²⁵, half of the smallest
  const fraction = (rest & 0x7fffff) | 0x800000;
  const quotient = fraction >>> shift;
  const remainder = fraction - quotient * 2 ** shift;
  const half = 2 ** (shift - 1);
  return quotient + (remainder > half || (remainder === half && quotient % 2 === 1) ? 1 : 0);
}
