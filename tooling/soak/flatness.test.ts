import { describe, expect, it } from 'vitest';
import { flatness } from './flatness.ts';

const MB = 1e6;
const allowance = { share: 0.05, bytes: 4 * MB };
const samples = (count: number, of: (at: number) => number): number[] => Array.from({ length: count }, (_, at) => of(at));
/** Up and down by 30 MB, the same each time. */
const noise = (at: number): number => 30 * MB * Math.sin(at * 12.9898);

describe('flatness', () => {
  it('finds a steady leak under noise that is far larger than a step of it', () => {
    const leak = (at: number): number => 200 * MB + 1.5 * MB * at + noise(at);
    const found = flatness(samples(80, leak), allowance);
    expect(found.kind).toBe('growing');
    expect(found.kind === 'too short' ? 0 : found.growth / MB).toBeGreaterThan(40);
  });

  it('takes noise alone for flat', () =>
    expect(
      flatness(
        samples(80, (at) => 200 * MB + noise(at)),
        allowance,
      ).kind,
    ).toBe('flat'));

  it('does not judge the first half, in which the run warms up', () => {
    expect(
      flatness(
        samples(40, (at) => (at < 20 ? 10 * MB * at : 200 * MB)),
        allowance,
      ).kind,
    ).toBe('flat');
  });

  it('takes one jump, of a call larger than all before, for none', () => {
    expect(
      flatness(
        samples(40, (at) => (at < 33 ? 100 : 160) * MB),
        allowance,
      ).kind,
    ).toBe('flat');
  });

  it('says by how much: the slope over the second half against what is allowed', () => {
    expect(
      flatness(
        samples(21, (at) => 100 * MB + at * MB),
        allowance,
      ),
    ).toEqual({ kind: 'flat', growth: 9 * MB, allowed: 9.775 * MB });
    expect(
      flatness(
        samples(21, (at) => 100 * MB + 2 * at * MB),
        allowance,
      ),
    ).toEqual({ kind: 'growing', growth: 18 * MB, allowed: 10.55 * MB });
  });

  it('does not judge fewer than six samples in the second half', () => {
    expect(
      flatness(
        samples(11, () => 1),
        allowance,
      ),
    ).toEqual({ kind: 'too short' });
    expect(
      flatness(
        samples(12, () => 1),
        allowance,
      ).kind,
    ).toBe('flat');
  });
});
