import { ExplainedError } from '@longspan/core-tensor/error';
import { CommanderError } from 'commander';
import { endWithParent } from './end-with-parent.ts';

/** What a command's process ends with. */
export const exitCodes = { fine: 0, failed: 1, badRequest: 2, interrupted: 130, terminated: 143, hungUp: 129 } as const;

const signals = [
  ['SIGINT', exitCodes.interrupted],
  ['SIGTERM', exitCodes.terminated],
  ['SIGHUP', exitCodes.hungUp],
] as const;

export interface CommandWorld {
  /** What the user typed. */
  readonly given: readonly string[];
  /** Where the user stands: npm and pnpm run scripts elsewhere. */
  readonly userFolder: string;
  /** Ctrl-C, and the like. */
  readonly signal: AbortSignal;
}

export interface CommandOptions {
  /** How many words of the command come before the user's: behind them npm and pnpm put a -- of their own. */
  readonly ownWords: number;
  /** Is told that the command was stopped. */
  readonly stopped?: (() => void) | undefined;
}

/**
 * Runs the command of an app as a terminal expects it: it can be stopped, and at once when asked twice; it ends with the program that started it;
 * an error that says what to do is printed without a stack, and the exit code says what came of it.
 */
export async function runCommand(run: (world: CommandWorld) => Promise<void>, { ownWords, stopped }: CommandOptions): Promise<void> {
  const stop = new AbortController();
  for (const [name, code] of signals) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(code);
      process.exitCode = code;
      stop.abort();
    });
  }
  // Who starts it says so: it has to end this process, and may be killed before it can. Who types the command may log out meanwhile.
  const starter = process.env['LONGSPAN_STARTED_BY'];
  if (starter !== undefined) endWithParent({ parent: Number(starter), patienceSeconds: 5 });
  // `npm start | head` closes the pipe early: no reason for a stack trace. Once this process is to end, what it has still has to be written.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!stop.signal.aborted) process.exit(error.code === 'EPIPE' ? exitCodes.fine : exitCodes.failed);
  });
  process.stderr.on('error', () => {}); // progress that nobody reads
  try {
    const given = process.argv.slice(2).filter((argument, at) => argument !== '--' || at > ownWords);
    await run({ given, userFolder: process.env['INIT_CWD'] ?? process.cwd(), signal: stop.signal });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.fine : exitCodes.badRequest;
    else if (stop.signal.aborted && stopped !== undefined) stopped();
    else if (error instanceof ExplainedError) {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = exitCodes.badRequest;
    } else if (!stop.signal.aborted) throw error;
  }
}
