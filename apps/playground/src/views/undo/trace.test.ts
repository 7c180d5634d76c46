import { describe, expect, it } from 'vitest';
import { heldIn, traceOf, type Way, ways } from './trace.ts';

const peak = (way: Way, layers: number): number => Math.max(...traceOf(layers).map(({ pictures }) => heldIn(pictures[way])));

describe('traceOf', () => {
  it('begins with the input and ends with the gradients of the first block, all let go but the input', () => {
    const steps = traceOf(3);
    expect(steps.map(({ direction }) => direction)).toEqual(['none', ...Array(3).fill('forward'), 'none', ...Array(6).fill('backward')]);
    for (const way of ways) {
      expect(heldIn(steps[0]?.pictures[way] as never)).toBe(1);
      expect(heldIn(steps.at(-1)?.pictures[way] as never)).toBe(1);
    }
  });

  it('holds at its peak all that was stored, the streams and one block, or one block alone whatever the depth', () => {
    expect([1, 4, 8].map((layers) => peak('stored', layers))).toEqual([6, 21, 41]);
    expect([1, 4, 8].map((layers) => peak('recomputed', layers))).toEqual([6, 9, 13]);
    expect([1, 4, 8].map((layers) => peak('reversible', layers))).toEqual([6, 6, 6]);
  });

  it('after the loss a reversible stack holds the last streams only, and its branches run twice in all', () => {
    const steps = traceOf(4);
    const loss = steps.find(({ title }) => title === 'The loss')?.pictures.reversible;
    expect(loss?.streams).toEqual(['absent', 'absent', 'absent', 'absent', 'kept']);
    expect(loss?.insides).toEqual(['absent', 'absent', 'absent', 'absent']);
    const { pictures } = steps.at(-1) as (typeof steps)[number];
    expect(ways.map((way) => pictures[way].runs)).toEqual([8, 16, 16]);
  });

  it('a block that comes back is told from one that was kept', () => {
    const back = traceOf(2).find(({ title }) => title.startsWith('Backward, block 2: what'))?.pictures;
    expect(back?.reversible.streams).toEqual(['absent', 'again', 'kept']);
    expect(back?.reversible.insides).toEqual(['absent', 'again']);
    expect(back?.recomputed.insides).toEqual(['absent', 'again']);
    expect(back?.stored.insides).toEqual(['kept', 'kept']);
  });
});
