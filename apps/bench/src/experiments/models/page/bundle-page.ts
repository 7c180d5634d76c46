import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { workspaceRoot } from '../../../run/source-hash.ts';

const sources = join(workspaceRoot, 'apps/bench/src/experiments/models/page');

/** A page of ours as it is served: its scripts, tfjs's binaries, and whatever folders of this machine it fetches from. */
export interface BundledPage {
  readonly folder: string;
  remove(): void;
}

/**
 * Bundles scripts of this folder, as a user's build does.
 * @param scripts by their names without the ending; the first is the page's
 * @param linked what the page fetches, by the name of its place on the site
 */
export async function bundlePage(scripts: readonly string[], linked: Readonly<Record<string, string>>): Promise<BundledPage> {
  const folder = mkdtempSync(join(tmpdir(), 'longspan-page-'));
  await build({
    entryPoints: Object.fromEntries(scripts.map((name) => [name, join(sources, `${name}.ts`)])),
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['@longspan/source', 'browser'],
    logLevel: 'silent', // it throws as well
  });
  const binaries = join(folder, 'tfjs');
  mkdirSync(binaries);
  const tfjs = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  for (const name of readdirSync(tfjs).filter((each) => each.endsWith('.wasm'))) cpSync(join(tfjs, name), join(binaries, name));
  for (const [name, path] of Object.entries(linked)) symlinkSync(path, join(folder, name));
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><meta charset="utf-8"><title>Longspan</title><canvas></canvas><script type="module" src="${scripts[0]}.js"></script>\n`,
  );
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
