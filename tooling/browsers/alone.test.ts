import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type PlayedHub, playHub } from '../../packages/models/test/hub/played-hub.ts';
import { openChromium, type Served, serve } from '../chromium/index.ts';
import { publishedPackages } from '../published/packages.ts';
import { type AloneProjects, aloneProjects, shortName } from '../release/alone-projects.ts';
import { bundlePages } from './bundle-pages.ts';
import { addTfjsBinaries } from './bundlers.ts';

const names = publishedPackages.map(({ name }) => shortName(name));
const pages = { ...Object.fromEntries(names.map((name) => [name, `${name}/main.js`])), hub: 'models/hub.js' };
const checkpoint = fileURLToPath(new URL('../golden/checkpoints/tiny-bert-sentence', import.meta.url));

/** What the config of each family calls itself in its errors: it stands in no script but that family's. */
const marks = ['bert', 'bigBird', 'distilbert', 'funnel', 'hat', 'hourglass', 'led', 'longformer', 'longT5', 'modernbert', 'mpnet']
  .concat('reformer', 'roberta', 'routingTransformer', 'swin', 'swinv2', 'transformerXl', 'universalSentenceEncoder', 'xlmRoberta')
  .map((family) => `${family}Config`);

let projects: AloneProjects;
let browser: Browser;
let hub: PlayedHub;
beforeAll(async () => {
  [projects, browser, hub] = await Promise.all([
    aloneProjects(inject('tarballs')),
    openChromium(['--enable-unsafe-webgpu']), // the software adapter, which Chromium gives to tests alone
    playHub(),
  ]);
  addTfjsBinaries(join(projects.folder, 'wasm-backend'));
  const files = ['config.json', 'model.safetensors'].map((file) => [file, readFileSync(join(checkpoint, file))] as const);
  hub.push(Object.fromEntries(files), ['model.safetensors']);
});
afterAll(async () => {
  await browser?.close();
  await hub?.close();
  projects?.remove();
});

describe.each(Object.keys(bundlePages) as (keyof typeof bundlePages)[])('bundled by %s', (bundler) => {
  let server: Served;
  let dist: string;
  let found: Readonly<Record<string, Record<string, unknown>>>;
  beforeAll(async () => {
    dist = join(projects.folder, 'dist', bundler);
    await bundlePages[bundler](projects.folder, pages, dist);
    cpSync(join(projects.folder, 'wasm-backend/public'), dist, { recursive: true });
    server = await serve(dist, {});
    const results = Object.keys(pages).map(async (name) => [name, await resultsOf(name)] as const);
    found = Object.fromEntries(await Promise.all(results));
  });
  afterAll(() => server?.close());

  /** What a page wrote into itself, and the scripts that it had loaded then. */
  async function resultsOf(name: string): Promise<Record<string, unknown>> {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on('pageerror', (error) => said.push(error.stack ?? error.message));
    try {
      await page.goto(`${server.url}${name}.html?endpoint=${encodeURIComponent(hub.endpoint)}`, { timeout: 110_000 });
      const text = await page.locator('#results:not(:empty)').textContent({ timeout: 110_000 });
      const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map((each) => new URL(each.name).pathname));
      return { ...(JSON.parse(text ?? '') as object), loaded };
    } catch (error) {
      throw new Error(`${name}: ${said.join('\n') || error}`, { cause: error });
    } finally {
      await page.close();
    }
  }

  /** The families whose code a page has loaded. */
  const familiesOf = (name: string): readonly string[] => {
    const { loaded = [] } = (found[name] ?? {}) as { readonly loaded?: readonly string[] };
    const scripts = loaded.filter((path) => path.endsWith('.js'));
    const code = scripts.map((path) => readFileSync(join(dist, path), 'utf8')).join('\n');
    return marks.filter((mark) => new RegExp(`["'\`]${mark}["'\`]`).test(code));
  };

  it.each(names)('%s, alone in a page, takes a step of training after which its loss is lower', (name) => {
    const { before, after, error } = found[name] as { readonly before?: number; readonly after?: number; readonly error?: string };
    expect(error).toBeUndefined();
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThan(before as number);
  });

  it('a page with one family has loaded no other', () => {
    expect(familiesOf('models')).toEqual(['longformerConfig']);
  });

  it('a page loads a checkpoint of a hub, carries its own family alone, and goes on from its cache', () => {
    const { first, again, error } = found['hub'] as {
      readonly first?: { readonly values: readonly number[]; readonly files: readonly object[] };
      readonly again?: object;
      readonly error?: string;
    };
    expect(error).toBeUndefined();
    expect(first?.files).toEqual([expect.objectContaining({ name: 'model.safetensors' })]);
    expect(first?.values.every(Number.isFinite)).toBe(true);
    expect(new Set(first?.values).size).toBeGreaterThan(20);
    expect(again).toEqual(first);
    expect(familiesOf('hub')).toEqual(['bertConfig']);
  });
});

it('all other families lie beside the page that may ask for them, so that the marks by which they are found are right', () => {
  const dist = join(projects.folder, 'dist/esbuild');
  const scripts = readdirSync(dist).filter((file) => file.endsWith('.js'));
  const code = scripts.map((file) => readFileSync(join(dist, file), 'utf8')).join('\n');
  expect(marks.filter((mark) => !code.includes(`"${mark}"`))).toEqual([]);
});
