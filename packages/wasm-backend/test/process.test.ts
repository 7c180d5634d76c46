import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Runs a program by plain Node; it is killed, which is an error, unless it ends by itself. */
function output(name: string, words: readonly string[]): Promise<{ readonly stdout: string }> {
  const program = fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
  return promisify(execFile)(process.execPath, ['--import', 'tsx', '--conditions=@longspan/source', program, ...words], {
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
}

async function run(...words: readonly string[]): Promise<{ readonly reason: string; readonly busy: number }> {
  return JSON.parse((await output('one-call', words)).stdout);
}

it('a plain Node program ends by itself after its last line: threads do not keep it alive', async () => {
  expect((await run()).reason).toBe('wasm-simd; on 2 threads, in place');
}, 90_000);

it('threads that have nothing to do sleep: in an idle second the process is not busy for a tenth of one', async () => {
  expect((await run('idle')).busy).toBeLessThan(100_000); // microseconds
}, 90_000);

it.each(['thrown', 'rejected'])(
  'an error that nobody catches (%s) is printed with its own line, and not with all of the binary',
  async (how) => {
    const failed = (await output('uncaught', [how]).catch((error: unknown) => error)) as { readonly code: number; readonly stderr: string };
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('const wrong = () => new Error("what nobody catches");'.replaceAll('"', "'"));
    expect(failed.stderr).toContain('Error: what nobody catches\n');
    expect(failed.stderr.length).toBeLessThan(2000);
  },
  90_000,
);
