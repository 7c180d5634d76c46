import { clearLine, cursorTo } from 'node:readline';
import type { Reading } from './grow-index.ts';
import { count, duration } from './wording.ts';

/** Says how far the reading is. */
export interface ProgressLine {
  update(reading: Reading): void;
  /** Takes the line away; plain lines stay. */
  end(): void;
}

/** Where no terminal listens, a line at most this often; in logs control codes are noise. */
const quietSeconds = 5;

/** One line that is written again and again on a terminal, plain lines elsewhere. */
export function progressLine(title: string, stream: NodeJS.WriteStream, now: () => number = () => performance.now() / 1000): ProgressLine {
  const isTerminal = stream.isTTY === true;
  const begin = now();
  let first: Reading | undefined;
  let last = Number.NEGATIVE_INFINITY;
  let isShown = false;
  const clear = (): void => {
    if (!isShown) return;
    cursorTo(stream, 0);
    clearLine(stream, 0);
    isShown = false;
  };
  return {
    update(reading) {
      first ??= reading;
      if (now() - last < (isTerminal ? 0.1 : quietSeconds)) return;
      last = now();
      const line = `${title}: ${stateOf(reading, first, last - begin)}`;
      if (!isTerminal) {
        stream.write(`${line}\n`);
        return;
      }
      clear();
      stream.write(line.slice(0, Math.max(1, (stream.columns || 80) - 1))); // a line that breaks could not be taken back
      isShown = true;
    },
    end: clear,
  };
}

function stateOf({ done, total }: Reading, { done: from }: Reading, seconds: number): string {
  const percent = `${Math.floor((100 * done) / total)} % of ${count(total)} characters`;
  const rate = (done - from) / seconds;
  return rate > 0 ? `${percent}, ${count(rate)} a second, ${duration((total - done) / rate)} left` : percent;
}
