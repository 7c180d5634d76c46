import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('./programs/one-call.ts', import.meta.url));

/** Runs the program by plain Node; it is killed, which is an error, unless it ends by itself. */
async function run(...words: readonly string[]): Promise<{ readonly reason: string; readonly busy: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--conditions=@longspan/source', program, ...words], {
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout);
}

it('a plain Node program ends by itself after its last line: threads do not keep it alive', async () => {
  expect((await run()).reason).toBe('wasm-simd; on 2 threads, in place');
}, 90_000);

it('threads that have nothing to do sleep: in an idle second the process is not busy for a tenth of one', async () => {
  expect((await run('idle')).busy).toBeLessThan(100_000); // microseconds
}, 90_000);
