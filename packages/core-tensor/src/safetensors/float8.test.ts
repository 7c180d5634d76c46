import { describe, expect, it } from 'vitest';
import { type Float8, fromFloat8, toFloat8 } from './float8.ts';

const allBytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);

describe.each(['F8_E5M2', 'F8_E4M3'] as const)('%s', (format) => {
  it('gives each byte back but for the payloads of NaN', () => {
    const values = fromFloat8(format, allBytes);
    const again = toFloat8(format, values);
    for (const byte of allBytes) {
      if (Number.isNaN(values[byte])) expect(again[byte]).toBe(127);
      else expect(again[byte]).toBe(byte);
    }
  });

  it('rounds to the nearest, and from the middle to the even byte', () => {
    const values = fromFloat8(format, allBytes.subarray(0, 127)).filter((value) => Number.isFinite(value));
    for (let byte = 1; byte < values.length; byte++) {
      const [low, high] = [values[byte - 1] as number, values[byte] as number];
      const middle = (low + high) / 2;
      const step = (high - low) / 16;
      const bytes = toFloat8(format, Float32Array.of(middle - step, middle, middle + step, -middle - step));
      expect([...bytes]).toEqual([byte - 1, byte % 2 === 0 ? byte : byte - 1, byte, 128 + byte]);
    }
  });
});

// The numbers of Micikevicius et al. 2022, table 1.
it.each<[Float8, number, number]>([
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
])('%s 0x%x is %d', (format, byte, value) => {
  expect(fromFloat8(format, Uint8Array.of(byte))[0]).toBe(value);
});

it('what is too large becomes infinity in E5M2 and NaN in E4M3, from the middle to the next number on', () => {
  expect([...toFloat8('F8_E5M2', Float32Array.of(61439, 61440, 1e30, Number.NEGATIVE_INFINITY))]).toEqual([0x7b, 0x7c, 0x7c, 0xfc]);
  expect([...toFloat8('F8_E4M3', Float32Array.of(463, 464, 465, 480, -1e30, Number.POSITIVE_INFINITY))]).toEqual([
    0x7e, 0x7e, 0x7f, 0x7f, 0xff, 0x7f,
  ]);
});
