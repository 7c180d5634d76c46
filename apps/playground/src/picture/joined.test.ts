import { expect, it } from 'vitest';
import { joined } from './joined.ts';

const drawing = (width: number, height: number): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g/></svg>`;

it('drawings stand side by side, or below each other, and none is cut', () => {
  const beside = joined([drawing(100, 40), drawing(50, 60)], 'beside');
  expect(beside).toContain('width="166" height="60" viewBox="0 0 166 60"');
  expect(beside).toContain('<svg x="116" xmlns="http://www.w3.org/2000/svg" width="50" height="60">');
  const below = joined([drawing(100, 40), drawing(50, 60)], 'below');
  expect(below).toContain('width="100" height="116" viewBox="0 0 100 116"');
  expect(below).toContain('<svg y="56" xmlns="http://www.w3.org/2000/svg" width="50" height="60">');
});

it('one drawing stays as it is', () => {
  expect(joined([drawing(3, 4)], 'below')).toBe(drawing(3, 4));
});
