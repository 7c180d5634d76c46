import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isolating, openChromium, serve } from '@longspan/tooling/chromium';
import type { Browser, Page } from 'playwright-core';
import { median } from '../../figures/pairs.ts';
import type { Reporter } from '../../process/work.ts';
import { workspaceRoot } from '../../run/source-hash.ts';
import type { PlaygroundFigures, PlaygroundInput } from './input.ts';

const folder = join(workspaceRoot, 'apps/playground');

/** Seconds in which the main thread is watched. */
const watched = 5;

/** Seconds that a new window of the browser has for pages of its own, which load scripts of megabytes. */
const settling = 2;

/** Visits one view of the built page, again and again with an empty cache, and watches it. */
export async function visitView({ view, visits, pans }: PlaygroundInput, reporter: Reporter): Promise<PlaygroundFigures> {
  build();
  const site = await serve(join(folder, 'dist'), isolating);
  const browser = await openChromium(['--no-sandbox']);
  try {
    await reporter.started();
    const shown: number[] = [];
    let bytes = 0;
    let longestTask = 0;
    for (let visit = 0; visit < visits; visit++) {
      await reporter.progress({ done: visit / visits, label: `visit ${visit + 1} of ${visits}` });
      const found = await visitOnce(browser, `${site.url}#${view}`);
      shown.push(found.shown);
      bytes = found.bytes;
      longestTask = Math.max(longestTask, found.longestTask);
    }
    const framesPerSecond = pans ? await panned(browser, `${site.url}#pattern?n=65536`) : null;
    return { shown: median(shown), bytes, longestTask, framesPerSecond, browser: `Chromium ${browser.version()}` };
  } finally {
    await browser.close();
    await site.close();
  }
}

/** As it is published; where it was built by another point of this run, it is what it was. */
function build(): void {
  const program = join(folder, 'node_modules/vite/bin/vite.js');
  const env = { ...process.env, NODE_ENV: 'production' };
  execFileSync(process.execPath, [program, 'build', '--logLevel', 'error'], { cwd: folder, env, stdio: 'pipe' });
  if (!existsSync(join(folder, 'dist/index.html'))) throw new Error('The playground was not built.');
}

interface Watched {
  longest: number;
}

async function fresh(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ serviceWorkers: 'block', viewport: { width: 1400, height: 1000 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    const found: Watched = { longest: 0 };
    Object.assign(globalThis, { watchedTasks: found });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) found.longest = Math.max(found.longest, duration);
    }).observe({ entryTypes: ['longtask'] });
  });
  await page.waitForTimeout(settling * 1000);
  return page;
}

async function visitOnce(browser: Browser, url: string): Promise<Pick<PlaygroundFigures, 'shown' | 'bytes' | 'longestTask'>> {
  const page = await fresh(browser);
  await page.goto(url);
  await page.locator('main .panel').first().waitFor();
  // By the page's own clock, which began with the request.
  const { shown, names } = await page.evaluate(() => ({
    shown: performance.now(),
    names: performance.getEntriesByType('resource').map(({ name }) => name),
  }));
  // What fetches a model waits for a click.
  if (url.endsWith('#ask')) await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.waitForTimeout(watched * 1000);
  const longestTask = await page.evaluate(() => (globalThis as unknown as { readonly watchedTasks: Watched }).watchedTasks.longest);
  await page.context().close();
  const files = names.flatMap((name) => {
    const { pathname, protocol } = new URL(name);
    const file = join(folder, 'dist', pathname);
    return protocol === 'http:' && existsSync(file) ? [file] : [];
  });
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  return { shown, bytes, longestTask };
}

/** Frames in a second while the picture is dragged for two. */
async function panned(browser: Browser, url: string): Promise<number> {
  const page = await fresh(browser);
  await page.goto(url);
  const canvas = page.locator('.mask-picture canvas');
  await canvas.waitFor();
  await page.waitForTimeout(2000);
  const box = await canvas.boundingBox();
  if (box === null) throw new Error('The picture is not on the screen.');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.evaluate(() => {
    const frames = { count: 0, begin: performance.now() };
    Object.assign(globalThis, { frames });
    const count = (): void => {
      frames.count += 1;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  const until = performance.now() + 2000;
  for (let step = 0; performance.now() < until; step++) await page.mouse.move(x + 120 * Math.sin(step / 10), y + 90 * Math.cos(step / 10));
  const found = await page.evaluate(() => {
    const { frames } = globalThis as unknown as { readonly frames: { readonly count: number; readonly begin: number } };
    return (1000 * frames.count) / (performance.now() - frames.begin);
  });
  await page.mouse.up();
  await page.context().close();
  return found;
}
