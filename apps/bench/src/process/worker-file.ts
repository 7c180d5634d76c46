import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
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

async function bundle(): Promise<string> {
  const file = fileURLToPath(new URL(`../../node_modules/.cache/worker-${process.pid}.mjs`, import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL('./worker.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['@longspan/source'],
    external: ['@tensorflow/*', '@stdlib/*'],
    logLevel: 'silent', // it throws as well
  });
  process.once('exit', () => rmSync(file, { force: true }));
  return file;
}
