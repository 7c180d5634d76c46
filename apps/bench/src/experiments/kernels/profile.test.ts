import { expect, it } from 'vitest';
import { profileOf } from './profile.ts';

const steps = [
  { name: 'arithmetic', seconds: [4, 8, 4] },
  { name: 'exponentials', seconds: [6, 12, 6] },
  { name: 'hidden pairs', seconds: [5, 10, 50] },
];

it('gives each part its time, its share, and the figure without the parts after it, all round by round', () => {
  const { how, parts } = profileOf('How.', steps, [20, 40, 20]);
  const [first, second, last] = parts;
  expect(how).toBe('How.');
  expect(first).toEqual({ name: 'arithmetic', seconds: 8, share: 0.8, figure: 5 });
  expect(second?.share).toBeCloseTo(0.4, 12);
  expect(second?.seconds).toBeCloseTo(4, 12);
  expect(second?.figure).toBeCloseTo(20 / 6, 12);
  expect(last?.share).toBeCloseTo(-0.2, 12); // not hidden where it makes no sense
  expect(last?.figure).toBe(4);
});

it('adds up to the whole', () => {
  const { parts } = profileOf('', steps, [1, 1, 1]);
  expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  expect(parts.reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(10, 12);
});
