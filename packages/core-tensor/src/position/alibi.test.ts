import { expectClose } from '@longspan/tooling/expect';
import { describe, expect, it } from 'vitest';
import { alibiSlopes } from './alibi.ts';

describe('alibiSlopes', () => {
  it('are 1/2, 1/4, … 1/256 for eight heads', () => {
    expect(Array.from(alibiSlopes(8))).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((exponent) => 2 ** -exponent));
  });

  it("for twelve heads are those of eight, then every other one of sixteen, as in the authors' code", () => {
    expectClose(
      alibiSlopes(12),
      [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 2 ** -0.5, 2 ** -1.5, 2 ** -2.5, 2 ** -3.5],
      { atol: 0, rtol: 1e-7 },
    );
  });

  it('throws for no heads', () => {
    expect(() => alibiSlopes(0)).toThrow('alibiSlopes: heads must be an integer from 1 to 65536.');
  });
});
