import { PassThrough } from 'node:stream';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startProgress } from './progress.ts';

/** A stream that is a terminal or none, and what was written to it. */
function stream(isTerminal: boolean) {
  const written: string[] = [];
  const through = new PassThrough().on('data', (data: Buffer) => written.push(data.toString()));
  return { written, made: Object.assign(through, isTerminal ? { isTTY: true, columns: 80 } : {}) as PassThrough & NodeJS.WriteStream };
}

it('writes a line at most every five seconds where no terminal listens, and the last one', () => {
  const now = vi.spyOn(performance, 'now');
  onTestFinished(() => now.mockRestore());
  const { written, made } = stream(false);
  const progress = startProgress('Reading', 400, made);
  for (let second = 0; second <= 6; second++) {
    now.mockReturnValue(1000 * second);
    progress.update(50 * second, `step ${second}`);
  }
  progress.update(400, 'done');
  progress.end();
  expect(written.join('')).toBe('Reading: 0 %  step 0\nReading: 63 %  step 5\nReading: 100 %  done\n');
});

it('draws a bar on a terminal, and takes it away', () => {
  const { written, made } = stream(true);
  const progress = startProgress('Reading', 400, made);
  progress.update(100, 'a quarter');
  progress.end();
  expect(written.join('')).toContain('Reading');
  expect(written.at(-1)).not.toContain('Reading');
});
