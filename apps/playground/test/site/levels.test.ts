import { afterAll, beforeAll, expect, it } from 'vitest';
import { violations } from './accessibility.ts';
import { openSite, type Site } from './open-site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const visit = (hash: string) => site.visit(hash, { serviceWorkers: 'block', permissions: ['clipboard-read', 'clipboard-write'] });

it('cuts a text into its levels, and finds what is like a sentence', async () => {
  const { page, said, foreign } = await visit('#levels');
  await page.getByText('sentence 2 of 14, in section 1').waitFor();
  for (const row of ['sections 2', 'paragraphs 7', 'sentences 14', 'words 137']) {
    expect(await page.getByRole('row', { name: row }).count(), row).toBe(1);
  }
  await page.getByRole('listitem').filter({ hasText: '· sentence' }).first().waitFor();
  const [first] = await page.getByRole('region', { name: 'Like this sentence' }).getByRole('listitem').allTextContents();
  expect(first).toMatch(/^The skipper put it into his coat\.0\.32 · sentence 11$/);
  await page.getByRole('region', { name: 'Text by its levels' }).getByText('Somebody').click();
  await page.getByText('sentence 14 of 14, in section 2').waitFor();
  await page.getByRole('region', { name: /^The text by its levels/ }).focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByText('sentence 13 of 14').waitFor();
  await page.keyboard.press('+');
  await page.getByText('paragraph 7 of 7').waitFor();
  await expect.poll(() => page.url()).toContain('level=paragraph');
  expect(await violations(page)).toEqual([]);
  await page.getByRole('radio', { name: 'A click takes a word' }).click();
  await page.getByText(/word \d+ of 137/).waitFor();
  expect([said, foreign]).toEqual([[], []]);
  await page.context().close();
});

it('shows what runs from right to left that way, and Chinese by its words', async () => {
  const { page, said } = await visit('#levels');
  await page.getByLabel('Sample').selectOption('arabic');
  await page.getByText('عاد القارب قبل المطر').first().waitFor();
  expect(await page.locator('[data-row]').first().getAttribute('dir')).toBe('rtl');
  expect(await page.locator('.paragraph').first().getAttribute('lang')).toBe('ar');
  await page.getByLabel('Sample').selectOption('chinese');
  await page.getByText('下雨之前').first().waitFor();
  expect(await page.locator('[data-row]').first().getAttribute('dir')).toBe('ltr');
  expect(await page.getByRole('row', { name: 'paragraphs 7' }).count()).toBe(1);
  expect(await page.locator('.word', { hasText: /^两$|^两个$/ }).count()).toBeGreaterThan(0);
  expect(said).toEqual([]);
  await page.context().close();
});

it('of a text of 1.2 MB only what is in sight is drawn, and one may jump anywhere in it', async () => {
  const { page, said } = await visit('#levels');
  await page.getByText('sentence 2 of 14').waitFor();
  const paragraphs = Array.from(
    { length: 6000 },
    (_, at) => `Paragraph ${at} says that boat ${(at * 7919) % 6007} came in. It rained on all of the long pier.`,
  );
  const text = [
    ...paragraphs,
    'Somebody saw the mysterious zeppelin.',
    ...paragraphs,
    'Mysterious zeppelins were seen.',
    ...paragraphs.slice(0, 2000),
  ].join('\n\n');
  expect(text.length).toBeGreaterThan(1_100_000);
  await page.getByLabel('A text file of yours').setInputFiles({ name: 'long.txt', mimeType: 'text/plain', buffer: Buffer.from(text) });
  await page.getByRole('row', { name: 'paragraphs 14,002' }).waitFor({ timeout: 60_000 });
  await page.getByText('sentence 2 of 28,002').waitFor();
  expect(await page.locator('[data-row]').count()).toBeLessThan(60);
  // Sentence 12,001 is the first of the two.
  await page.goto(`${site.url}#levels?unit=12000`);
  await page.locator('.sentence.chosen', { hasText: 'Somebody saw the mysterious zeppelin.' }).waitFor();
  await page.getByRole('button', { name: /^Mysterious zeppelins were seen\..* sentence 24,002/ }).click({ timeout: 60_000 });
  await page.locator('.sentence.chosen', { hasText: 'Mysterious zeppelins were seen.' }).waitFor();
  expect(await page.locator('[data-row]').count()).toBeLessThan(60);
  expect(said).toEqual([]);
  await page.context().close();
});

it('draws an Hourglass and HAT, and says which inputs a position sees', async () => {
  const { page, said } = await visit('#levels');
  const told = page.locator('.model .told');
  await page.getByRole('button', { name: /^tokens again, position 13/ }).waitFor();
  expect(await told.textContent()).toMatch(
    /^tokens again, position 13 attends to 0–13 of its row and sees 14 of 24 inputs: 0–13 \(“The” to “pier”\)/,
  );
  await page.getByRole('button', { name: 'level 2, position 1' }).click();
  // Group 1 of six tokens ends, shifted at both levels, with token 6.
  expect(await told.textContent()).toMatch(/^level 2, position 1 attends to 0–1 of its row and sees 7 of 24 inputs: 0–6/);
  await page.getByRole('checkbox', { name: 'Attends to all before' }).click();
  await page.getByRole('textbox', { name: 'Window' }).fill('0');
  expect(await told.textContent()).toMatch(/^level 2, position 1 attends to 1 of its row and sees 6 of 24 inputs: 1–6/);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'HAT', exact: true }).click();
  await page.getByRole('button', { name: 'in segments again, position 8' }).click();
  expect(await told.textContent()).toMatch(/^in segments again, position 8 attends to 6–11 of its row and sees 24 of 24 inputs/);
  await page.keyboard.press('ArrowDown');
  await page.getByText(/^across segments, position 8$/).waitFor();
  expect(await told.textContent()).toMatch(/^across segments, position 8 attends to none of its row and sees 6 of 24 inputs: 6–11/);
  expect(said).toEqual([]);
  await page.context().close();
});

it('is taken away as link, code, data and pictures', async () => {
  const { page, said } = await visit('#levels?unit=3');
  await page.getByText('sentence 4 of 14').waitFor();
  await page.getByRole('listitem').filter({ hasText: '· sentence' }).first().waitFor();
  await page.getByRole('button', { name: 'Copy code' }).click();
  await page.getByText('The code is copied').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("segmentText(text, { locale: 'en' })");
  await page.getByRole('button', { name: 'Copy JSON' }).click();
  await page.getByText('The JSON is copied').waitFor();
  const json = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(json.counts).toEqual({ word: 137, sentence: 14, paragraph: 7, section: 2 });
  expect(json.model).toEqual({ model: 'hourglass', hierarchy: '1@3 1@6 1@3' });
  for (const name of ['SVG', 'PNG']) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
    expect(file.suggestedFilename()).toBe(`text-levels.${name.toLowerCase()}`);
  }
  expect(said).toEqual([]);
  await page.context().close();
});
