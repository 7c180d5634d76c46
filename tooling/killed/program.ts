import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A script with all that it imports of ours in a file or two, which start sooner than sources that are compiled one by one. */
export interface Program {
  readonly file: string;
  remove(): Promise<void>;
}

/** From here tfjs, its backends and Dawn are found. */
const ownModules = fileURLToPath(new URL('../node_modules', import.meta.url));

/** Bundles a script, without what it imports of npm. @param modules the node_modules that it is found in */
export async function programOf(script: string, modules: string = ownModules): Promise<Program> {
  const folder = await mkdtemp(join(modules, '.program-'));
  await build({
    entryPoints: [script],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true, // what is imported later runs later
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@longspan/source'],
    external: ['@tensorflow/*', 'webgpu'],
    logLevel: 'error',
  });
  return { file: join(folder, `${basename(script, '.ts')}.mjs`), remove: () => rm(folder, { recursive: true }) };
}
