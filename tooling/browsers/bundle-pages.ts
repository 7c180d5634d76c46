import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { webpack } from 'webpack';

/** The script of each page, by the page's name, within the folder: { training: 'training/main.js' }. */
export type Pages = Readonly<Record<string, string>>;

type BundlePages = (folder: string, pages: Pages, to: string) => Promise<void>;

const html = readFileSync(new URL('./program/index.html', import.meta.url), 'utf8');

/** The page of a script, which writes its results into it. */
const writePage = (at: string, script: string): void => writeFileSync(at, html.replace('./main.js', `./${script}`));

/**
 * Bundles many pages at once, so that what they share is read once: by Vite, by esbuild and by webpack, whose output is not minified, which
 * would take most of its time.
 */
export const bundlePages: Readonly<Record<'vite' | 'esbuild' | 'webpack', BundlePages>> = {
  async vite(folder, pages, to) {
    for (const [name, script] of Object.entries(pages)) writePage(join(folder, `${name}.html`), script);
    const input = Object.fromEntries(Object.keys(pages).map((name) => [name, join(folder, `${name}.html`)]));
    await vite({ root: folder, configFile: false, logLevel: 'error', build: { outDir: to, rolldownOptions: { input } } });
  },
  async esbuild(folder, pages, to) {
    await esbuild({
      absWorkingDir: folder,
      entryPoints: { ...pages },
      bundle: true,
      minify: true,
      format: 'esm',
      splitting: true,
      outdir: to,
      logLevel: 'silent',
    });
    for (const name of Object.keys(pages)) writePage(join(to, `${name}.html`), `${name}.js`);
  },
  async webpack(folder, pages, to) {
    const imports = Object.entries(pages).map(([name, script]) => `  '${name}': () => import('./${script}'),`);
    writeFileSync(join(folder, 'pages.js'), `const pages = {\n${imports.join('\n')}\n};\npages[location.pathname.slice(1, -5)]();\n`);
    const compiler = webpack({
      mode: 'production',
      context: folder,
      entry: './pages.js', // of many entries each would have all that it shares with others for itself
      output: { path: to, filename: 'pages.js' },
      optimization: { minimize: false },
    });
    await new Promise<void>((resolve, reject) => {
      compiler.run((error, stats) => {
        const said = stats?.toString({ all: false, errors: true, warnings: true }) ?? '';
        compiler.close(() => (error !== null || stats?.hasErrors() ? reject(error ?? new Error(said)) : resolve()));
      });
    });
    for (const name of Object.keys(pages)) writePage(join(to, `${name}.html`), 'pages.js');
  },
};
