import { afterAll, beforeAll, expect, it } from 'vitest';
import { violations } from './accessibility.ts';
import { openSite, type Site } from './open-site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const visit = (hash: string) => site.visit(hash, { serviceWorkers: 'block', permissions: ['clipboard-read', 'clipboard-write'] });

interface Copied {
  readonly bytes: number;
  readonly bitsPerByte: { readonly withMemory: number; readonly without: number };
  readonly reach: {
    readonly each: readonly number[];
    readonly effective: Readonly<Record<'withMemory' | 'without', { readonly length: number }>>;
  };
  readonly speed: readonly { readonly memory: number; readonly withMemory: number; readonly recomputed: number }[];
}

it('streams segments, says what is remembered, and measures how far it reaches', { timeout: 300_000 }, async () => {
  const { page, said, foreign } = await visit('#memory');
  await page.getByText('Segment 6 of 64').waitFor();
  await page.getByText('positions 192 to 319').waitFor();
  await page.getByRole('button', { name: 'Step' }).click();
  await page.getByText('Segment 7 of 64').waitFor();
  await page.getByText('positions 256 to 383').waitFor();
  await page.goBack();
  await page.getByText('Segment 6 of 64').waitFor();

  await page.getByText('Memory saves').waitFor({ timeout: 80_000 });
  await page.locator('.figure-note', { hasText: 'relative effective context length' }).waitFor({ timeout: 80_000 });
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Copy JSON' }).click();
  await page.getByText('The JSON is copied').waitFor();
  const { bytes, bitsPerByte, reach } = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Copied;
  expect(bytes).toBe(4096);
  expect(bitsPerByte.withMemory).toBeLessThan(bitsPerByte.without);
  expect(reach.each).toHaveLength(16);
  expect(reach.effective.without.length).toBeLessThanOrEqual(64);
  expect([said, foreign]).toEqual([[], []]);
  await page.context().close();
});

it('measures a segment with memory against one whose context is computed anew', { timeout: 180_000 }, async () => {
  const { page, said } = await visit('#memory?text=harbour&segment=128');
  await page.getByRole('button', { name: 'Measure the speed here' }).click();
  await page.getByRole('button', { name: 'Measure again' }).waitFor({ timeout: 160_000 });
  await page.getByRole('button', { name: 'Copy JSON' }).click();
  await page.getByText('The JSON is copied').waitFor();
  const { speed } = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Copied;
  const last = speed.at(-1);
  expect(last?.memory).toBe(2048);
  expect((last?.recomputed ?? 0) / (last?.withMemory ?? 1)).toBeGreaterThan(2); // 17 times the bytes
  expect(said).toEqual([]);
  await page.context().close();
});

it('plays, pauses and ends where the text ends', async () => {
  const { page } = await visit('#memory?text=harbour');
  await page.getByText('Segment 6 of 9').waitFor();
  await page.getByRole('button', { name: 'Play' }).click();
  await page.getByText('Segment 9 of 9').waitFor();
  await page.getByRole('button', { name: 'Play' }).waitFor();
  expect(await page.getByRole('button', { name: 'Step' }).isDisabled()).toBe(true);
  await page.context().close();
});

it('says so where a text is too short to measure a reach on it', async () => {
  const { page, said } = await visit('#memory');
  await page.getByRole('button', { name: 'Paste' }).click();
  await page.getByRole('textbox', { name: 'Your text' }).fill('Call me Ishmael.');
  await page.getByRole('button', { name: 'Use this text' }).click();
  await page.getByText('takes a text of at least 66 bytes; this one has 16').waitFor();
  expect(said).toEqual([]);
  await page.context().close();
});
