import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createKey, randomUniform } from '@longspan/core-tensor';
import { effort } from '@longspan/tooling/expect';
import { describe, expect, it, onTestFinished } from 'vitest';

const script = fileURLToPath(new URL('./run.ts', import.meta.url));
const tsx = pathToFileURL(createRequire(new URL('../../../../package.json', import.meta.url)).resolve('tsx')).href;

/**
 * Runs the script on a folder.
 * @param killAfter milliseconds from its first step to the signal that no process can handle; none by default
 * @returns whether it came to its end
 */
function started(folder: string, place: readonly string[], steps: number, killAfter?: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', tsx, '--conditions=@longspan/source', script, folder, ...place, String(steps)]);
    let [errors, hasBegun] = ['', false];
    child.stderr.on('data', (text) => {
      errors += String(text);
    });
    child.stdout.on('data', () => {
      if (!hasBegun && killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
      hasBegun = true;
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(code === 0);
      else reject(new Error(errors));
    });
  });
}

const bytesOf = (folder: string): Promise<Buffer> => readFile(join(folder, 'checkpoint.safetensors'));

const places = [
  ['wasm', 'ours', effort(2, 100)],
  ['cpu', 'stock', effort(0, 5)],
  ['wasm', 'stock', effort(0, 5)],
] as const;

describe.each(places.filter(([, , kills]) => kills > 0))('a run on %s, with %s kernels', (backend, kernels, kills) => {
  it(`killed ${kills} times ends with the bits of one that was left alone`, { timeout: 60_000 + kills * 30_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'longspan-killed-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const [alone, killed] = [join(folder, 'alone'), join(folder, 'killed')];
    const steps = 20 + 5 * kills;
    await started(alone, [backend, kernels], steps);
    const moments = randomUniform(createKey(`kill ${backend} ${kernels}`), kills);
    let count = 0;
    for (const moment of moments) if (!(await started(killed, [backend, kernels], steps, 60 * moment))) count += 1;
    await started(killed, [backend, kernels], steps);
    expect(count).toBeGreaterThan(0);
    expect((await bytesOf(killed)).equals(await bytesOf(alone))).toBe(true);
  });
});
