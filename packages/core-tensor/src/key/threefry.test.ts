import { expect, it } from 'vitest';
import { threefry } from './threefry.ts';

// Random123, tests/kat_vectors, "threefry2x32 20": counter, key, answer.
const knownAnswers = [
  ['00000000 00000000', '00000000 00000000', '6b200159 99ba4efe'],
  ['ffffffff ffffffff', 'ffffffff ffffffff', '1cb996fc bb002be7'],
  ['243f6a88 85a308d3', '13198a2e 03707344', 'c4923a9c 483df7a0'],
] as const;

const words = (hex: string): [number, number] => hex.split(' ').map((word) => Number.parseInt(word, 16)) as [number, number];

it.each(knownAnswers)('threefry of counter %s and key %s gives the published answer', (counter, key, answer) => {
  const out = new Uint32Array(4);
  threefry(...words(key), ...words(counter), out, 1);
  expect([...out]).toEqual([0, ...words(answer), 0]);
});

it('threefry with one bit of counter or key changed changes half of the 64 bits of its answer', () => {
  const base = new Uint32Array(2);
  const other = new Uint32Array(2);
  let changed = 0;
  for (let bit = 0; bit < 128; bit++) {
    const input: [number, number, number, number] = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
    threefry(...input, base, 0);
    input[bit >> 5] = ((input[bit >> 5] as number) ^ (1 << (bit & 31))) >>> 0;
    threefry(...input, other, 0);
    for (const half of [0, 1]) changed += ones((base[half] as number) ^ (other[half] as number));
  }
  // 128 · 64 fair bits: mean 4096, standard deviation 45.
  expect(Math.abs(changed - 4096)).toBeLessThan(4 * 45);
});

function ones(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest > 0; rest >>>= 1) count += rest & 1;
  return count;
}
