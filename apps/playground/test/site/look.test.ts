import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violations } from './accessibility.ts';
import { openSite, type Site } from './open-site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const visit = (hash: string, options: object = {}) =>
  site.visit(hash, { serviceWorkers: 'block', permissions: ['clipboard-read', 'clipboard-write'], ...options });

interface Copied {
  readonly query: string;
  readonly bytesRead: number;
  readonly words: readonly { readonly text: string; readonly weight: number }[];
  readonly mechanisms: readonly { readonly id: string; readonly massAtWord: readonly number[]; readonly pairs: number }[];
}

const copied = async (page: Page): Promise<Copied> => {
  await page.getByRole('button', { name: 'Copy JSON' }).click();
  await page.getByText('The JSON is copied').waitFor();
  return JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Copied;
};

it('shows where the heads look from a word, and what mechanisms keep of it', async () => {
  const { page, said, foreign } = await visit('#look');
  await page.getByText('“lamp” looks back, from its last byte. Read: 573 bytes').waitFor({ timeout: 60_000 });
  const table = page.getByRole('table').filter({ hasText: 'Mass kept' });
  await expect.poll(() => table.getByRole('row').count(), { timeout: 60_000 }).toBe(10);
  const first = await copied(page);
  expect(first.words.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 4);
  expect(first.mechanisms.find(({ id }) => id === 'window')?.pairs).toBeCloseTo((64 * 573 - (64 * 63) / 2) / ((573 * 574) / 2), 6);
  for (const { massAtWord } of first.mechanisms) for (const mass of massAtWord) expect(mass).toBeGreaterThan(0);

  await page.getByRole('option', { name: 'skipper' }).first().click();
  await page.getByText('“skipper” looks back').waitFor();
  const words = page.getByRole('listbox');
  await words.focus();
  await words.press('ArrowLeft');
  await page.getByText('“The” looks back').waitFor();
  expect((await copied(page)).query).toBe('The');
  await page.goBack();
  await page.getByText('“skipper” looks back').waitFor();

  await page.getByRole('radio', { name: 'Mark what Top-k keeps' }).click();
  await page.getByText('weight that Top-k keeps').waitFor();
  await page.getByRole('slider', { name: 'Layer' }).fill('1');
  await expect.poll(() => new URL(page.url()).hash).toContain('layer=2');
  await page.getByText('In layer 2').waitFor({ state: 'attached' });
  expect(await violations(page)).toEqual([]);
  expect([said, foreign]).toEqual([[], []]);
  await page.context().close();
});

it('reads a window before a word of the whole book, and says which', async () => {
  const { page, said } = await visit('#look?text=moby-dick&context=512');
  await page.getByText('Read: 512 bytes').waitFor({ timeout: 60_000 });
  await page.getByRole('textbox', { name: 'Find in the text' }).fill('Call me Ishmael');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('“Ishmael” looks back').waitFor();
  await page.getByText('what stands before was not read').waitFor();
  const { bytesRead, words } = await copied(page);
  expect(bytesRead).toBeLessThanOrEqual(512);
  expect(words.at(-1)?.text).toBe('Ishmael');
  expect(said).toEqual([]);
  await page.context().close();
});

it('reads a text of the person’s own, in any script, and hands it to no link', async () => {
  const { page, said } = await visit('#look');
  await page.getByRole('button', { name: 'Paste' }).click();
  await page.getByRole('textbox', { name: 'Your text' }).fill('下雨之前，小船回来了。');
  await page.getByRole('button', { name: 'Use this text' }).click();
  await page.getByText('looks back, from its last byte. Read: 30 bytes, characters 0 to 10 of 11').waitFor({ timeout: 60_000 });
  await page.waitForTimeout(400); // the address is written after a while
  expect(page.url()).not.toContain('text=');
  expect(said).toEqual([]);
  await page.context().close();
});
