import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Timed } from '../../figures/alternate.ts';
import { type Arrays, readArrays, writeArrays } from './arrays.ts';
import { base, type PeerInput, sizes, threads } from './input.ts';
import type { Peer } from './peer.ts';

/** The interpreter of the environment that the bench sets up. */
export const ownPython = (folder: string): string =>
  join(folder, 'venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

/** PyTorch's side: a script of ours in a Python that lives as long as the duel and is asked for its turns. */
export async function torchPeer(
  { duel: { method, n }, folder, python = ownPython(folder), script }: Extract<PeerInput, { kind: 'duel' }>,
  inputs: Arrays,
): Promise<Peer> {
  const files = mkdtempSync(join(folder, 'duel-'));
  try {
    const [given, answers] = [join(files, 'inputs.safetensors'), join(files, 'answers.safetensors')];
    writeArrays(given, inputs);
    const asked = JSON.stringify({ method, n, threads, inputs: given, answers, ...sizes, base });
    const child = spawn(python, [script, asked], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        TORCHINDUCTOR_CACHE_DIR: join(folder, 'inductor'), // what it compiles stays in the bench's folder
        OMP_WAIT_POLICY: 'PASSIVE', // else its idle threads run on while it is our turn
      },
    });
    const answer = conversation(child);
    const { version } = (await answer()) as { readonly version: string };
    const timed = (part: 'whole' | 'linear'): Timed => ({
      async times(runs) {
        child.stdin.write(`${JSON.stringify({ part, runs })}\n`);
        return (await answer()) as readonly number[];
      },
    });
    return {
      answers: readArrays(answers),
      version,
      ...timed('whole'),
      ...(method.startsWith('Longformer') ? { linearLayers: timed('linear') } : {}),
      async close() {
        child.stdin.end(); // the script ends when its input does
      },
    };
  } finally {
    rmSync(files, { recursive: true });
  }
}

/** What the script says, line by line. Rejects with the script's error, or with what a Python wrote last that could not run it. */
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
