import { clearLine, cursorTo } from 'node:readline';
import { SingleBar } from 'cli-progress';
import { duration } from './wording.ts';

/** Says how far a piece of work is. */
export interface Progress {
  /** @param done of the total given at the start; may be a fraction */
  update(done: number, label: string): void;
  /** Runs something that prints, out of the bar's way. */
  aside(print: () => void): void;
  /** Takes the bar away; plain lines stay. */
  end(): void;
}

/** Where no terminal listens, a line at most this often; in logs control codes are noise. */
const quietSeconds = 5;

/** A bar on a terminal, plain lines elsewhere; on the error stream either way, so that the output holds findings only. */
export function startProgress(title: string, total: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY === true ? bar(title, total, stream) : plainLines(title, total, stream);
}

function bar(title: string, total: number, stream: NodeJS.WriteStream): Progress {
  const start = performance.now();
  const single = new SingleBar({
    stream,
    format: `${title}  {bar} {percentage} %  {spent}  {label}`,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    stopOnComplete: false,
    gracefulExit: false, // Ctrl-C is the command's own business
  });
  const spent = (): string => duration((performance.now() - start) / 1000);
  single.start(total, 0, { label: '', spent: spent() });
  return {
    update: (done, label) => single.update(done, { label, spent: spent() }),
    aside(print) {
      clearLine(stream, 0);
      cursorTo(stream, 0);
      print(); // the next update draws the bar again, below
    },
    end: () => single.stop(),
  };
}

function plainLines(title: string, total: number, stream: NodeJS.WriteStream): Progress {
  let last = Number.NEGATIVE_INFINITY;
  return {
    update(done, label) {
      const now = performance.now() / 1000;
      if (now - last < quietSeconds && done < total) return;
      last = now;
      stream.write(`${title}: ${Math.round((100 * done) / total)} %  ${label}\n`);
    },
    aside: (print) => print(),
    end: () => {},
  };
}
