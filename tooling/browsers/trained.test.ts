import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openChromium, type Served, serve } from '../chromium/index.ts';
import { type EmptyProject, emptyProject } from '../release/empty-project.ts';
import { withDependencies } from '../release/with-dependencies.ts';
import { addTfjsBinaries } from './bundlers.ts';

const pagesOf = (folder: string): string => fileURLToPath(new URL(`./${folder}`, import.meta.url));

let browser: Browser;
let project: EmptyProject;
let server: Served;
beforeAll(async () => {
  const named = ['wasm-backend', 'models', 'training'].map((name) => `@longspan/${name}`);
  const ours = withDependencies(named).map((name) => inject('tarballs')[name] as string);
  browser = await openChromium();
  project = await emptyProject([...ours, '@tensorflow/tfjs@4.22.0', '@tensorflow/tfjs-backend-wasm@4.22.0'], [], pagesOf('trained'));
  addTfjsBinaries(project.folder);
  const dist = join(project.folder, 'dist');
  await esbuild({
    absWorkingDir: project.folder,
    entryPoints: ['main.js', 'worker.js'],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    outdir: dist,
    logLevel: 'silent',
  });
  cpSync(join(pagesOf('program'), 'index.html'), join(dist, 'index.html'));
  cpSync(join(project.folder, 'public'), dist, { recursive: true });
  server = await serve(dist, {});
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  project?.remove();
});

interface Results {
  /** Number and loss of each step since the page was loaded. */
  readonly taken: readonly (readonly [step: number, loss: number])[];
  /** Whether files have a writable. */
  readonly writable: boolean;
  /** The SHA-256 of the last checkpoint. */
  readonly checkpoint: string;
}

async function resultsOf(page: Page): Promise<Results> {
  const text = await page.locator('#results:not(:empty)').textContent({ timeout: 60_000 });
  const results = JSON.parse(text ?? '') as Results & { readonly error?: string };
  if (results.error !== undefined) throw new Error(results.error);
  return results;
}

const open = async (page: Page, query: Readonly<Record<string, string>>): Promise<void> => {
  await page.goto(`${server.url}?${new URLSearchParams(query)}`);
};

/** Loads the page anew from within, once it has taken so many steps: it would take more of them before it heard of that from outside. */
async function reloadAt(page: Page, steps: number): Promise<void> {
  const loaded = page.waitForEvent('load');
  await page.evaluate((least) => {
    const look = (): void => {
      if (Number(document.title) >= least) location.reload();
      else setTimeout(look, 1);
    };
    look();
  }, steps);
  await loaded;
}

let alone: Results;
beforeAll(async () => {
  const page = await browser.newPage();
  await open(page, { place: 'page', name: 'alone' });
  alone = await resultsOf(page);
  await page.close();
});

it.each([
  { place: 'page', writes: 'a stream' },
  { place: 'worker', writes: 'a stream' },
  { place: 'worker', writes: 'an access handle' },
])('a $place that trains, writes its checkpoints by $writes and is loaded anew goes on to the same bits', async ({ place, writes }) => {
  expect(alone.taken.length).toBe(20);
  const page = await browser.newPage();
  await open(page, { place, writes, name: 'reloaded' });
  for (let time = 1; time <= 2; time++) {
    await reloadAt(page, Math.round(6 * time + 3 * Math.random()));
  }
  const last = await resultsOf(page);
  expect(last.writable).toBe(writes === 'a stream');
  // It went on in the middle: after the second time there are at most those steps that were left.
  expect(last.taken.length).toBeLessThan(9);
  expect(last.taken).toEqual(alone.taken.slice(alone.taken.length - last.taken.length));
  expect(last.checkpoint).toBe(alone.checkpoint);
  await page.close();
});
