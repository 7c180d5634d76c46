import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * The command and the worker of the archive with all that they need, by the names of their files. What only a checkout needs lies in parts
 * of its own, which nothing loads there.
 */
export async function bundlePrograms(): Promise<Record<string, string>> {
  const entry = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: { cli: entry('./packed-cli.ts'), worker: entry('./packed-worker.ts') },
    outdir: 'out',
    write: false,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    conditions: ['@longspan/source'],
    mainFields: ['module', 'main'], // of tfjs's CommonJS files, late imports would give no names
    external: ['webgpu', 'esbuild', 'tar'],
    // Packages in CommonJS ask for Node's modules by require.
    banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
    logLevel: 'silent', // it throws as well
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]));
}
