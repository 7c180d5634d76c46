import { fork } from 'node:child_process';
import type { Ending } from './ending.ts';
import type { Message, Request } from './messages.ts';
import type { WorkProgress } from './work.ts';

export interface LaunchOptions {
  /** Seconds from `started` on; set-up has its own, generous limit. None by default. */
  readonly budgetSeconds?: number | undefined;
  readonly onProgress: (value: WorkProgress) => void;
  /** Options of Node for the fresh process, besides the bench's own. */
  readonly execArgv?: readonly string[] | undefined;
  /** What the process's environment holds besides this one's. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** The program of the worker; one that is made of the sources by default. */
  readonly file?: string | undefined;
  /** Kills the worker; the promise is then rejected with the signal's reason. */
  readonly signal: AbortSignal;
}

const setupSeconds = 120;

/** Runs one point in a fresh process. */
export async function launch(
  request: Request,
  { budgetSeconds, onProgress, execArgv = [], environment = {}, file, signal }: LaunchOptions,
): Promise<Ending<unknown>> {
  const program = file ?? (await (await import('./worker-file.ts')).workerFile());
  signal.throwIfAborted();
  const child = fork(program, [], {
    execArgv: ['--expose-gc', ...execArgv],
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return new Promise((done, rejected) => {
    let stderrTail = '';
    let timer: NodeJS.Timeout | undefined;
    let ending: Ending<unknown> | undefined;
    const limit = (seconds: number, then: Ending<unknown>): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        ending = then;
        child.kill('SIGKILL');
      }, seconds * 1000);
    };
    const abort = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', abort, { once: true });
    limit(setupSeconds, { kind: 'failed', error: `did not get ready within ${setupSeconds} s` });

    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderrTail = (stderrTail + text).slice(-2000);
    });
    child.on('message', (message: Message) => {
      if (message.kind === 'ready') child.send(request);
      else if (message.kind === 'started') {
        clearTimeout(timer);
        if (budgetSeconds !== undefined) limit(budgetSeconds, { kind: 'over', budgetSeconds });
      } else if (message.kind === 'progress') onProgress(message.value);
      else if (message.kind === 'result') ending = { kind: 'done', result: message.value };
      else ending = { kind: 'failed', error: message.error };
      if (message.kind === 'result' || message.kind === 'failed') clearTimeout(timer);
    });
    child.on('error', rejected);
    child.on('close', (code, killedBy) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (signal.aborted) rejected(signal.reason);
      else done(ending ?? { kind: 'failed', error: diedWith(code, killedBy, stderrTail) });
    });
  });
}

/** Names the end of a process that could not do so itself; the last line it wrote says most. */
function diedWith(code: number | null, killedBy: NodeJS.Signals | null, stderrTail: string): string {
  const telling = stderrTail
    .split('\n')
    .findLast((line) => /error|fatal|abort|memory/i.test(line))
    ?.trim();
  const how = killedBy === null ? `the process ended with code ${code}` : `the process was ended by ${killedBy}`;
  return telling === undefined ? how : `${telling} (${how})`;
}
