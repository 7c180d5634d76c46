import { describe, expect, it } from 'vitest';
import { createKey } from '../../../key/index.ts';
import { type DropoutTables, dropoutPrime, dropoutTables } from './pair-dropout.ts';

const mod = (x: number): number => x % dropoutPrime;

/** The documented rule, pair by pair. */
function value({ query, key }: DropoutTables, i: number, j: number): number {
  const at = (residues: Float32Array, index: number): number => residues[index] as number;
  const x = mod(at(query.factor, i) * at(key.factor, j) + at(query.shift, i) + at(key.shift, j));
  return mod(mod(x * x) * x + at(query.lateShift, i) + at(key.lateShift, j));
}

describe('dropout of pairs', () => {
  const n = 512;
  const tables = dropoutTables({ key: createKey(11), rate: 0.3 }, n, n);
  const dropped = (i: number, j: number): number => (value(tables, i, j) < tables.threshold ? 1 : 0);
  const all = Array.from({ length: n * n }, (_, at) => dropped(Math.floor(at / n), at % n));
  const rate = tables.threshold / dropoutPrime;

  it('drops the fraction that the rate says, within four standard deviations, overall and in every row and column', () => {
    const deviations = (count: number, of: number): number => Math.abs(count - of * rate) / Math.sqrt(of * rate * (1 - rate));
    expect(
      deviations(
        all.reduce((sum, one) => sum + one, 0),
        n * n,
      ),
    ).toBeLessThan(4);
    for (let line = 0; line < n; line++) {
      let inRow = 0;
      let inColumn = 0;
      for (let at = 0; at < n; at++) {
        inRow += all[line * n + at] as number;
        inColumn += all[at * n + line] as number;
      }
      expect(deviations(inRow, n)).toBeLessThan(5); // 1,024 draws: five deviations happen once in 1,700 tests
      expect(deviations(inColumn, n)).toBeLessThan(5);
    }
  });

  it('keeps one step of 2,039 of the weights, with a finite gain, at any rate below 1', () => {
    const { threshold, gain } = dropoutTables({ key: createKey(11), rate: 0.99999 }, 1, 1);
    expect([threshold, gain]).toEqual([dropoutPrime - 1, dropoutPrime]);
  });

  it('does not tie a pair to its neighbours: correlation along rows, columns, diagonals and squares stays below 4 / n', () => {
    const centred = all.map((one) => (one - rate) / Math.sqrt(rate * (1 - rate)));
    const correlation = (...steps: readonly (readonly [number, number])[]): number => {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          sum += steps.reduce((product, [di, dj]) => product * (centred[((i + di) % n) * n + ((j + dj) % n)] as number), 1);
        }
      }
      return Math.abs(sum / (n * n));
    };
    const bound = 4 / n;
    expect(correlation([0, 0], [0, 1])).toBeLessThan(bound);
    expect(correlation([0, 0], [1, 0])).toBeLessThan(bound);
    expect(correlation([0, 0], [1, 1])).toBeLessThan(bound);
    expect(correlation([0, 0], [0, 1], [1, 0], [1, 1])).toBeLessThan(bound); // the product a · c alone fails here
    expect(correlation([0, 0], [0, 64], [64, 0], [64, 64])).toBeLessThan(bound);
  });

  it('stays whole and below 2^23 before each remainder, so float32 is exact', () => {
    for (const residues of [tables.query, tables.key]) {
      for (const values of [residues.factor, residues.shift, residues.lateShift]) {
        expect(values.every((one) => Number.isInteger(one) && one >= 0 && one < dropoutPrime)).toBe(true);
      }
    }
    expect((dropoutPrime - 1) ** 2 + 2 * (dropoutPrime - 1)).toBeLessThan(2 ** 23);
  });

  it('scales by exactly the fraction that is kept', () => {
    expect(tables.gain * (1 - rate)).toBeCloseTo(1, 12);
    expect(dropoutTables({ key: createKey(1), rate: 0 }, 1, 1)).toMatchObject({ threshold: 0, gain: 1 });
  });

  it('gives the same tables for the same key and others for another', () => {
    const again = dropoutTables({ key: createKey(11), rate: 0.3 }, n, n);
    expect(again.query.factor).toEqual(tables.query.factor);
    expect(dropoutTables({ key: createKey(12), rate: 0.3 }, n, n).query.factor).not.toEqual(tables.query.factor);
  });
});
