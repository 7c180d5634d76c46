import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { violations } from './accessibility.ts';
import { openSite, type Site } from './open-site.ts';
import { views } from './view-names.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

describe('the page', () => {
  it('is there before any compute is loaded, in less than 350 kB', async () => {
    const { page, said, foreign } = await site.visit('', { serviceWorkers: 'block' });
    await page.getByText('Visited', { exact: true }).waitFor();
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    expect(loaded.filter((name) => /tfjs|start-device/.test(name))).toEqual([]);
    const sizes = await Promise.all(
      loaded
        .filter((name) => /\.(js|css|svg)$/.test(name))
        .map(async (name) => gzipSync(Buffer.from(await (await fetch(name)).arrayBuffer())).length),
    );
    expect(sizes.reduce((sum, each) => sum + each, 0)).toBeLessThan(350_000);
    expect([said, foreign]).toEqual([[], []]);
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)('has no serious violation that axe finds, in any view, %s', async (colorScheme) => {
    const { page, said, foreign } = await site.visit('', { colorScheme, serviceWorkers: 'block' });
    for (const view of views) {
      await page.goto(`${site.url}#${view}`);
      await page.locator('main section, main .panel').first().waitFor();
      expect(await violations(page), view).toEqual([]);
    }
    expect([said, foreign]).toEqual([[], []]);
    await page.context().close();
  });

  it.each(views)('shows %s on a phone without anything wider than it', async (view) => {
    const { page } = await site.visit(`#${view}`, { viewport: { width: 390, height: 844 }, serviceWorkers: 'block' });
    await page.locator('main section, main .panel').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await page.context().close();
  });

  it('says what of a link it does not take, and shows the rest', async () => {
    const { page } = await site.visit('#pattern?n=12&zoom=x&evil=1', { serviceWorkers: 'block' });
    await page.getByText('"n" must be an integer from 16 to 65,536; the link says "12".').waitFor();
    await page.getByText('This view has no "evil", which the link sets.').waitFor();
    expect(await page.getByRole('textbox', { name: 'Exactly' }).inputValue()).toBe('4096');
    await page.goto(`${site.url}#nowhere`);
    await page.getByText('There is no view of the name “nowhere”').waitFor();
    await page.context().close();
  });
});

describe('a later visit', () => {
  it('needs no network, from a folder of a host, and has threads although the host sends no headers', async () => {
    const plain = await openSite({ headers: {} });
    const { page } = await plain.visit();
    await page.getByText('opens without a network').waitFor();
    await expect.poll(() => page.evaluate(() => crossOriginIsolated), { timeout: 30_000 }).toBe(true);
    await page.context().setOffline(true);
    await page.reload();
    await page.getByText('Visited', { exact: true }).waitFor();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await page.getByRole('button', { name: 'Measure', exact: true }).click();
    await page.getByText('fastest of').waitFor({ timeout: 60_000 });
    await plain.close();
  });
});

it('without the headers and without a service worker there is one thread, and the page says so', async () => {
  const plain = await openSite({ headers: {} });
  const { page } = await plain.visit('', { serviceWorkers: 'block' });
  await page.getByRole('button', { name: 'Explain: What the page computes on' }).click();
  await page.getByRole('button', { name: 'Measure now' }).click();
  await page.getByText('WebAssembly, 1 thread').first().waitFor({ timeout: 60_000 });
  await page.getByText('The page is not cross-origin isolated, so WebAssembly has one thread.').waitFor();
  await plain.close();
});
