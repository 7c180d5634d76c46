import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { createServer, build as vite } from 'vite';
import { webpack } from 'webpack';
import type { Served } from '../chromium/index.ts';

export interface Bundler {
  readonly name: string;
  /** Bundles the project's `index.html` and `main.js` into its folder `dist/<name>`, as the bundler's own first example does. */
  readonly bundle: (project: string) => Promise<void>;
}

/** Where the bundles of a project lie. */
export const distOf = (project: string, { name }: Bundler): string => join(project, 'dist', name);

const viteBundler: Bundler = {
  name: 'vite',
  async bundle(project) {
    await vite({ root: project, configFile: false, logLevel: 'error', build: { outDir: distOf(project, viteBundler) } });
  },
};

const esbuildBundler: Bundler = {
  name: 'esbuild',
  async bundle(project) {
    const { warnings } = await esbuild({
      absWorkingDir: project,
      entryPoints: ['main.js'],
      bundle: true,
      minify: true,
      format: 'esm',
      splitting: true,
      outdir: distOf(project, esbuildBundler),
      logLevel: 'silent',
    });
    if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join('\n'));
    addPage(project, esbuildBundler);
  },
};

const webpackBundler: Bundler = {
  name: 'webpack',
  async bundle(project) {
    const compiler = webpack({
      mode: 'production',
      context: project,
      entry: './main.js',
      output: { path: distOf(project, webpackBundler) },
    });
    await new Promise<void>((resolve, reject) => {
      compiler.run((error, stats) => {
        const said = stats?.toString({ all: false, errors: true, warnings: true }) ?? '';
        compiler.close(() => (error !== null || stats?.hasErrors() ? reject(error ?? new Error(said)) : resolve()));
      });
    });
    addPage(project, webpackBundler);
  },
};

/** Vite makes its own page; the others want theirs, and the files that a page asks for, such as tfjs's binaries, served. */
function addPage(project: string, bundler: Bundler): void {
  cpSync(join(project, 'index.html'), join(distOf(project, bundler), 'index.html'));
  const files = join(project, 'public');
  if (existsSync(files)) cpSync(files, distOf(project, bundler), { recursive: true });
}

/** Vite's development server, which neither bundles nor minifies; with these headers on every file. */
export async function serveSources(project: string, headers: OutgoingHttpHeaders): Promise<Served> {
  const server = await createServer({
    root: project,
    configFile: false,
    logLevel: 'error',
    server: { headers, host: '127.0.0.1', port: 0 },
  });
  await server.listen();
  return { url: server.resolvedUrls?.local[0] as string, close: () => server.close() };
}

/** Copies tfjs's binaries to where the page looks for them, as tfjs's README asks of users of bundlers. */
export function addTfjsBinaries(project: string): void {
  const from = join(project, 'node_modules/@tensorflow/tfjs-backend-wasm/dist');
  const to = join(project, 'public/tfjs');
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from).filter((name) => name.endsWith('.wasm'))) cpSync(join(from, file), join(to, file));
}

export const bundlers: readonly Bundler[] = [viteBundler, esbuildBundler, webpackBundler];
