import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A script of ours in a Python that lives until its input ends, and answers in lines of JSON. */
export interface PythonScript {
  /** What it says next. Rejects with the script's error, or with what a Python wrote last that could not run it. */
  answer(): Promise<unknown>;
  /** Writes a line to it, and gives what it says to that. */
  ask(request: object): Promise<unknown>;
  close(): void;
}

/**
 * Starts a script.
 * @param asked its only argument, as JSON
 * @param environment what the process's environment holds besides this one's
 */
export function startPython(
  python: string,
  script: string,
  asked: object,
  environment: Readonly<Record<string, string>> = {},
): PythonScript {
  const child = spawn(python, [script, JSON.stringify(asked)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...environment,
      OMP_WAIT_POLICY: 'PASSIVE', // else its idle threads run on while it is our turn
      PYTHONDONTWRITEBYTECODE: '1',
    },
  });
  const answer = conversation(child);
  return {
    answer,
    ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return answer();
    },
    close: () => void child.stdin.end(), // the script ends when its input does
  };
}

function conversation(child: ChildProcess): () => Promise<unknown> {
  if (child.stdout === null || child.stderr === null) throw new Error('a Python without output');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  child.stdin?.on('error', () => {}); // of a Python that has ended: what it wrote last says more
  let stderrTail = '';
  let failure: Error | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderrTail = (stderrTail + text).slice(-4000);
  });
  const ended = new Promise<void>((end) => {
    child.on('error', (error) => {
      failure = error; // it could not be started
      end();
    });
    child.on('close', () => end());
  });
  return async () => {
    for (;;) {
      const { value, done } = failure === undefined ? await lines.next() : { value: '', done: true };
      if (done === true) {
        await ended;
        throw failure ?? new Error(stderrTail.trim().split('\n').at(-1) || `Python ended with ${child.exitCode ?? child.signalCode}`);
      }
      if (!/^[{[]/.test(value)) continue; // of a library
      const said = JSON.parse(value) as { readonly error?: string };
      if (said.error !== undefined) throw new Error(said.error);
      return said;
    }
  };
}
