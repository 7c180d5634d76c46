import { describe, expect, it } from 'vitest';
import { isIntegralOfSlope } from './slope-along.ts';

const along = (value: (at: number) => number, slope: (at: number) => number) =>
  isIntegralOfSlope({ value: async (at) => value(at), slope: async (at) => slope(at) }, { reach: 3e-3, noise: 1e-9 });

describe('the change of a function along a line', () => {
  it('is the integral of its derivative, over a kink and over a steep place too', async () => {
    expect(await along(Math.sin, Math.cos)).toBe(true);
    expect(
      await along(
        (at) => Math.max(0, at - 1e-4),
        (at) => (at > 1e-4 ? 1 : 0),
      ),
    ).toBe(true);
    expect(
      await along(
        (at) => Math.tanh((at + 2e-4) / 1e-6),
        (at) => 1e6 / Math.cosh((at + 2e-4) / 1e-6) ** 2,
      ),
    ).toBe(true);
    expect(
      await along(
        (at) => Math.sign(at - 1.7e-3),
        () => 0,
      ),
    ).toBe(true); // a jump in one place, as of a choice
  });

  it('is not that of another one', async () => {
    expect(await along(Math.sin, (at) => Math.cos(at) * 1.05)).toBe(false);
    expect(
      await along(
        (at) => at,
        () => 0,
      ),
    ).toBe(false);
    expect(
      await along(
        (at) => Math.max(0, at),
        (at) => (at > 0 ? 1 : 0.1),
      ),
    ).toBe(false);
  });
});
