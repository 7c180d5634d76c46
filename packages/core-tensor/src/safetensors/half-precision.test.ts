import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half-precision.ts';

const every = Uint16Array.from({ length: 2 ** 16 }, (_, half) => half);

/** The value of a half by the definition of IEEE 754: exponent bits, fraction bits, bias. */
function define(half: number, fractionBits: number, bias: number): number {
  const sign = half >= 2 ** 15 ? -1 : 1;
  const exponent = Math.floor((half % 2 ** 15) / 2 ** fractionBits);
  const fraction = (half % 2 ** fractionBits) / 2 ** fractionBits;
  const highest = 2 ** (15 - fractionBits) - 1;
  if (exponent === highest) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe.each([
  { label: 'float16', from: fromFloat16, to: toFloat16, fractionBits: 10, bias: 15, largest: 65_504, overflow: 65_520 },
  {
    label: 'bfloat16',
    from: fromBfloat16,
    to: toBfloat16,
    fractionBits: 7,
    bias: 127,
    largest: 255 * 2 ** 120,
    overflow: 511 * 2 ** 119,
  },
])('$label', ({ from, to, fractionBits, bias, largest, overflow }) => {
  const values = from(every);

  it('of all 65,536 patterns has the value of its definition', () => {
    every.forEach((half, i) => {
      if (!Object.is(values[i], define(half, fractionBits, bias)))
        expect([half, values[i]]).toEqual([half, define(half, fractionBits, bias)]);
    });
  });

  it('of all 65,536 patterns survives the way there and back, NaN with its payload', () => {
    expect(to(values)).toEqual(every);
  });

  // With the test after it, which checks all steps between neighbours, this makes each rounding right.
  it('of a larger float32 is not smaller, and of its negative the same with the other sign', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), fc.float({ noNaN: true }), (x, y) => {
        const [less = 0, more = 0, mirrored] = to(Float32Array.of(Math.min(x, y), Math.max(x, y), -Math.min(x, y)));
        expect(values[less] as number).toBeLessThanOrEqual(values[more] as number);
        expect(mirrored).toBe(less ^ 0x8000);
      }),
      { numRuns: 2000 },
    );
  });

  it('between two neighbours goes to the even one at the middle, and to the nearer one beside it', () => {
    const word = new Float32Array(1);
    const bits = new Uint32Array(word.buffer);
    const wrong: number[] = [];
    for (let half = 0; (values[half + 1] as number) <= largest; half++) {
      word[0] = ((values[half] as number) + (values[half + 1] as number)) / 2;
      if (to(word)[0] !== half + (half % 2)) wrong.push(half);
      bits[0] = (bits[0] as number) - 1;
      if (to(word)[0] !== half) wrong.push(half);
      bits[0] = (bits[0] as number) + 2;
      if (to(word)[0] !== half + 1) wrong.push(half);
    }
    expect(wrong).toEqual([]);
  });

  it('keeps signed zeros, and overflows to infinity halfway beyond the largest', () => {
    const word = Float32Array.of(overflow);
    new Uint32Array(word.buffer)[0] = (new Uint32Array(word.buffer)[0] as number) - 1;
    const back = from(to(Float32Array.of(0, -0, largest, word[0] as number, overflow, -overflow)));
    expect([...back]).toEqual([0, -0, largest, largest, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  it('of NaN is NaN, even where only bits that are cut off tell it from infinity', () => {
    const bits = Uint32Array.of(0x7f800001, 0xff800001, 0x7fc00000, 0x7fffffff);
    expect([...from(to(new Float32Array(bits.buffer)))]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });
});
