import { causal, dilatedWindow, globalTokens, grid, slidingWindow, strided } from '@longspan/attention-sparse/mask';
import { expect, it } from 'vitest';
import { sharesOfTile, tileCells } from './shares.ts';

const masks = [
  slidingWindow({ left: 20 })
    .or(globalTokens([0]))
    .and(causal()),
  strided({ stride: 7 }),
  dilatedWindow({ left: 30, right: 3, dilation: 3 }),
  grid([17, 19]).neighbourhood({ radius: 2 }),
  causal().not(),
];

it('of single tokens are exactly what the mask allows', () => {
  for (const mask of masks) {
    const { shares } = sharesOfTile(mask, 300, { cell: 1, row: 1, column: 1 });
    for (let at = 0; at < shares.length; at++) {
      const [query, key] = [tileCells + Math.floor(at / tileCells), tileCells + (at % tileCells)];
      const isVisible = query < 300 && key < 300 && mask.allows(query, key);
      if ((shares[at] === 255) !== isVisible || (shares[at] !== 0) !== isVisible)
        throw new Error(`${mask.name} at ${query}, ${key}: ${shares[at]}`);
    }
  }
});

it('of larger cells are nothing or all exactly where the mask is, and known to a quarter between', () => {
  for (const mask of masks) {
    const { shares } = sharesOfTile(mask, 1000, { cell: 4, row: 0, column: 0 });
    for (let at = 0; at < shares.length; at += 7) {
      const [row, column] = [Math.floor(at / tileCells), at % tileCells];
      let visible = 0;
      for (let q = 0; q < 4; q++) for (let k = 0; k < 4; k++) if (mask.allows(row * 4 + q, column * 4 + k)) visible += 1;
      const share = shares[at] as number;
      if (visible === 0) expect(share).toBe(0);
      else expect(Math.abs(share / 255 - visible / 16), `${mask.name} at ${row}, ${column}`).toBeLessThan(0.01);
    }
  }
});

it('of a window over 65,536 tokens ask for its border, not for the square', () => {
  const mask = slidingWindow({ left: 256 }).and(causal());
  const whole = Array.from({ length: 4 }, (_, row) =>
    Array.from({ length: 4 }, (_, column) => sharesOfTile(mask, 65_536, { cell: 128, row, column }).asked),
  ).flat();
  expect(whole.reduce((sum, each) => sum + each, 0)).toBeLessThan(30_000);
  expect(sharesOfTile(mask, 65_536, { cell: 128, row: 0, column: 3 }).asked).toBe(1);
});
