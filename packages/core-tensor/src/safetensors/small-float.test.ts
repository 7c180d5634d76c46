import { describe, expect, it } from 'vitest';
import { fromSmallFloat, holds, type SmallFloat, toSmallFloat } from './small-float.ts';

/** What the codes without a sign mean, as the OCP's Microscaling Formats 1.0 list them (5.3.1, 5.3.2). */
const listed = {
  F4: [0, 0.5, 1, 1.5, 2, 3, 4, 6],
  F6_E2M3: [
    [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875],
    [1, 1.125, 1.25, 1.375, 1.5, 1.625, 1.75, 1.875],
    [2, 2.25, 2.5, 2.75, 3, 3.25, 3.5, 3.75],
    [4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5],
  ].flat(),
  F6_E3M2: [
    [0, 0.0625, 0.125, 0.1875],
    [0.25, 0.3125, 0.375, 0.4375],
    [0.5, 0.625, 0.75, 0.875],
    [1, 1.25, 1.5, 1.75],
    [2, 2.5, 3, 3.5],
    [4, 5, 6, 7],
    [8, 10, 12, 14],
    [16, 20, 24, 28],
  ].flat(),
} as const;

const ofAByte = ['F8_E5M2', 'F8_E4M3', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'] as const;

/** A byte's value, from its digits. */
function define(format: (typeof ofAByte)[number], byte: number): number {
  const digits = byte.toString(2).padStart(8, '0');
  if (format === 'F8_E8M0') return byte === 255 ? Number.NaN : 2 ** (byte - 127);
  const split = format.startsWith('F8_E5M2') ? 6 : 5;
  const sign = digits[0] === '1' ? -1 : 1;
  const exponent = Number.parseInt(digits.slice(1, split), 2);
  const fraction = Number.parseInt(digits.slice(split), 2) / 2 ** (8 - split);
  const bias = { F8_E5M2: 15, F8_E4M3: 7, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 16 }[format];
  if (format.endsWith('FNUZ') && byte === 128) return Number.NaN;
  if (format === 'F8_E5M2' && exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (format === 'F8_E4M3' && digits.slice(1) === '1111111') return Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

/** All values of a format in the order of their codes, by the definitions above. */
const everyValue = (format: SmallFloat): number[] =>
  format in listed
    ? [1, -1].flatMap((sign) => listed[format as keyof typeof listed].map((value) => sign * value))
    : Array.from({ length: 256 }, (_, byte) => define(format as (typeof ofAByte)[number], byte));

/** All codes of a format in order, packed by their digits: those of the first code are the lowest of the first byte. */
function everyCode(format: SmallFloat): Uint8Array {
  const bits = Math.log2(everyValue(format).length);
  const digits = Array.from({ length: 2 ** bits }, (_, code) => code.toString(2).padStart(bits, '0'))
    .reverse()
    .join('');
  return Uint8Array.from(digits.match(/.{8}/g) ?? [], (eight) => Number.parseInt(eight, 2)).reverse();
}

describe.each(['F4', 'F6_E2M3', 'F6_E3M2', ...ofAByte] as const)('%s', (format) => {
  const values = fromSmallFloat(format, everyCode(format));

  it('of every code has the value of its definition, and so is float32', () => {
    expect([...values]).toEqual(everyValue(format));
  });

  it('gives every code back but for the payloads of NaN', () => {
    const again = toSmallFloat(format, values);
    expect([...fromSmallFloat(format, again)]).toEqual(everyValue(format));
    if (format !== 'F8_E5M2' && format !== 'F8_E4M3') expect(again).toEqual(everyCode(format));
    else for (const [code, value] of values.entries()) expect(again[code]).toBe(Number.isNaN(value) ? 127 : code);
  });

  it('holds what it has a code for', () => {
    expect(everyValue(format).every((value) => holds(format, value))).toBe(true);
    const others = [Number.NaN, Number.POSITIVE_INFINITY, 3, 0, -2, 2 ** -128].filter((value) => holds(format, value));
    const expected = {
      F4: [3, 0, -2, 2 ** -128],
      F6: [3, 0, -2, 2 ** -128],
      F8: [Number.NaN, Number.POSITIVE_INFINITY, 3, 0, -2, 2 ** -128],
    };
    expect(others).toEqual(format === 'F8_E8M0' ? [Number.NaN] : expected[format.slice(0, 2) as keyof typeof expected]);
  });
});

describe.each(['F4', 'F6_E2M3', 'F6_E3M2', 'F8_E5M2', 'F8_E4M3', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'] as const)('%s', (format) => {
  it('rounds to the nearest, and from the middle to the even code', () => {
    const all = everyValue(format);
    const ascending = all.slice(0, all.length / 2).filter((value) => Number.isFinite(value));
    for (let code = 1; code < ascending.length; code++) {
      const [low, high] = [ascending[code - 1] as number, ascending[code] as number];
      const middle = (low + high) / 2;
      const step = (high - low) / 16;
      const tried = Float32Array.of(middle - step, middle, middle + step, -middle - step);
      const even = code % 2 === 0 ? high : low;
      expect([...fromSmallFloat(format, toSmallFloat(format, tried))]).toEqual([low, even, high, -high]);
    }
  });
});

// The numbers of Micikevicius et al. 2022, table 1; Noune et al. 2022; OCP Microscaling Formats 1.0, tables 1 and 5.
it.each<[SmallFloat, number, number]>([
  ['F8_E5M2', 0x7b, 57344],
  ['F8_E5M2', 0x04, 2 ** -14],
  ['F8_E5M2', 0x01, 2 ** -16],
  ['F8_E5M2', 0x7c, Number.POSITIVE_INFINITY],
  ['F8_E5M2', 0xfc, Number.NEGATIVE_INFINITY],
  ['F8_E5M2', 0x7d, Number.NaN],
  ['F8_E4M3', 0x7e, 448],
  ['F8_E4M3', 0x08, 2 ** -6],
  ['F8_E4M3', 0x01, 2 ** -9],
  ['F8_E4M3', 0x7f, Number.NaN],
  ['F8_E4M3', 0xff, Number.NaN],
  ['F8_E4M3FNUZ', 0x7f, 240],
  ['F8_E4M3FNUZ', 0x01, 2 ** -10],
  ['F8_E4M3FNUZ', 0x80, Number.NaN],
  ['F8_E5M2FNUZ', 0x7f, 57344],
  ['F8_E5M2FNUZ', 0x01, 2 ** -17],
  ['F8_E5M2FNUZ', 0x80, Number.NaN],
  ['F8_E8M0', 0x00, 2 ** -127],
  ['F8_E8M0', 0x7f, 1],
  ['F8_E8M0', 0xfe, 2 ** 127],
  ['F8_E8M0', 0xff, Number.NaN],
])('%s 0x%x is %d', (format, byte, value) => {
  expect(fromSmallFloat(format, Uint8Array.of(byte))[0]).toBe(value);
});

it('F4 has its first element in the lower half of a byte, F6 its elements from the lowest bit on', () => {
  expect([...fromSmallFloat('F4', Uint8Array.of(0x72, 0x0f))]).toEqual([1, 6, -6, 0]);
  // 24 bits, from the highest: 000001 100000 011111 000010, elements 3, 2, 1, 0
  expect([...fromSmallFloat('F6_E2M3', Uint8Array.of(0b11000010, 0b00000111, 0b00000110))]).toEqual([0.25, 7.5, -0, 0.125]);
  expect([...toSmallFloat('F6_E2M3', Float32Array.of(0.25, 7.5, -0, 0.125))]).toEqual([0b11000010, 0b00000111, 0b00000110]);
});

it('what is too large becomes infinity in E5M2, NaN in the others of a byte, and the largest in F4 and F6', () => {
  const bytes = (format: SmallFloat, ...values: number[]): number[] => [...toSmallFloat(format, Float32Array.from(values))];
  expect(bytes('F8_E5M2', 61439, 61440, 1e30, Number.NEGATIVE_INFINITY)).toEqual([0x7b, 0x7c, 0x7c, 0xfc]);
  expect(bytes('F8_E4M3', 463, 464, 465, 480, -1e30, Number.POSITIVE_INFINITY)).toEqual([0x7e, 0x7e, 0x7f, 0x7f, 0xff, 0x7f]);
  expect(bytes('F8_E4M3FNUZ', 247, 248, 256, -1e30, -247, -0, -(2 ** -12))).toEqual([0x7f, 0x80, 0x80, 0x80, 0xff, 0, 0]);
  expect(bytes('F8_E5M2FNUZ', 61439, 61440, Number.NEGATIVE_INFINITY)).toEqual([0x7f, 0x80, 0x80]);
  expect(bytes('F4', 7, -1e30)).toEqual([0xf7]);
  expect([...fromSmallFloat('F6_E3M2', toSmallFloat('F6_E3M2', Float32Array.of(29, 31, 1e30, -1e30)))]).toEqual([28, 28, 28, -28]);
});
