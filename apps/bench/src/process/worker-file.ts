import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileError } from '@longspan/core-tensor/error';
import { build } from 'esbuild';

let built: Promise<string> | undefined;

/**
 * The worker as one JavaScript file, made once per run. A sweep starts some fifty processes, and each would otherwise spend most
 * of a second on translating a hundred source files. It lies below this app, so that it finds the packages that are not bundled.
 */
export function workerFile(): Promise<string> {
  built ??= bundle();
  return built;
}

/**
 * Makes the file; it is removed when this process ends.
 * @param write tests have disks that take none
 * @throws FileError where it cannot be written
 */
export async function bundle(write: (path: string, text: string) => void = writeFileSync): Promise<string> {
  const file = fileURLToPath(new URL(`../../node_modules/.cache/worker-${process.pid}.mjs`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./worker.ts', import.meta.url))],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['@longspan/source'],
    external: ['@tensorflow/*', '@stdlib/*', 'webgpu', 'playwright-core', 'esbuild'],
    logLevel: 'silent', // it throws as well
  });
  process.once('exit', () => rmSync(file, { force: true }));
  try {
    mkdirSync(dirname(file), { recursive: true });
    write(file, outputFiles.map(({ text }) => text).join(''));
  } catch (error) {
    throw new FileError(
      {
        caller: 'bench',
        problem: 'the checkout must have a place for the program of the workers.',
        expected: `a folder that takes files: ${dirname(file)}`,
        got: error instanceof Error ? error.message : String(error),
        remedy: 'free space on its disk, or take a checkout that you may write to; what was measured before is kept for --resume.',
      },
      { cause: error },
    );
  }
  return file;
}
