import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { build as vite } from 'vite';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openChromium, serve } from '../chromium/index.ts';
import { type EmptyProject, emptyProject } from '../release/empty-project.ts';
import { withDependencies } from '../release/with-dependencies.ts';
import { addTfjsBinaries } from './bundlers.ts';

const pagesOf = (folder: string): string => fileURLToPath(new URL(`./${folder}`, import.meta.url));

let browser: Browser;
let project: EmptyProject;
let dist: string;
beforeAll(async () => {
  const ours = withDependencies(['@longspan/models', '@longspan/wasm-backend']).map((name) => inject('tarballs')[name] as string);
  browser = await openChromium();
  project = await emptyProject([...ours, '@tensorflow/tfjs@4.22.0', '@tensorflow/tfjs-backend-wasm@4.22.0'], [], pagesOf('worker'));
  cpSync(join(pagesOf('program'), 'index.html'), join(project.folder, 'index.html'));
  addTfjsBinaries(project.folder);
  await promisify(execFile)(process.execPath, ['make-checkpoint.js'], { cwd: project.folder });
  dist = join(project.folder, 'dist');
  await vite({ root: project.folder, configFile: false, logLevel: 'error', worker: { format: 'es' }, build: { outDir: dist } });
});
afterAll(async () => {
  await browser?.close();
  project?.remove();
});

interface Results {
  readonly shape: readonly number[];
  readonly errors: readonly number[];
  readonly error: string;
  readonly stopped: string;
  readonly stopping: string;
  readonly workers: number;
  readonly events: readonly string[];
  readonly isolated: boolean;
}

const isolating = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

it.each([
  { page: 'isolated', headers: isolating, stopping: 'within', workers: 1 },
  { page: 'not isolated', headers: {}, stopping: 'anew', workers: 2 },
])(
  'a page that is $page: the model in its worker gives the same values, and a run is stopped $stopping',
  async ({ page: kind, headers, ...expected }) => {
    const server = await serve(dist, headers);
    const page = await browser.newPage();
    try {
      await page.goto(server.url);
      const found: Results = JSON.parse((await page.locator('#results:not(:empty)').textContent({ timeout: 60_000 })) ?? '');
      expect(found).toMatchObject({
        ...expected,
        ...{ shape: [1, 30, 128], stopped: 'stopped', error: 'ShapeError', isolated: kind === 'isolated' },
        events: ['initiate', 'download', 'progress', 'progress_total', 'done', 'ready'],
      });
      for (const each of found.errors) expect(each).toBeLessThan(1e-4);
    } finally {
      await page.close();
      await server.close();
    }
  },
);
