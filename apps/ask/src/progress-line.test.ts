import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { progressLine } from './progress-line.ts';

/** A stream that is no terminal, or one of so many columns, and what was written to it. */
function stream(columns?: number) {
  const written: string[] = [];
  const through = new PassThrough().on('data', (data: Buffer) => written.push(data.toString()));
  const made = Object.assign(through, columns === undefined ? {} : { isTTY: true, columns });
  return { written, made: made as PassThrough & NodeJS.WriteStream };
}

it('writes a line at most every five seconds where no terminal listens, with rate and time left', () => {
  const { written, made } = stream();
  let now = 0;
  const line = progressLine('Reading', made, () => now);
  for (now = 0; now <= 6; now += 1) line.update({ done: 100_000 + 10_000 * now, total: 400_000 });
  line.end();
  expect(written.join('')).toBe('Reading: 25 % of 400,000 characters\nReading: 37 % of 400,000 characters, 10,000 a second, 25 s left\n');
});

it('writes one line again and again on a terminal, no longer than it is wide, and takes it away', () => {
  const { written, made } = stream(20);
  let now = 0;
  const line = progressLine('Reading', made, () => now);
  line.update({ done: 1, total: 4 });
  now = 0.05; // too soon
  line.update({ done: 2, total: 4 });
  line.end();
  expect(written).toEqual(['Reading: 25 % of 4 c', '\u001b[1G', '\u001b[2K'].map((each) => each.slice(0, 19)));
});
