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

const askIt = (page: Page) => page.getByRole('button', { name: 'Ask', exact: true });
const first = (page: Page) => page.locator('.passage').first();
/** Found by the model too, and not by words alone. */
const isRead = (page: Page) => page.getByText(/The text was read in|keeps its index/).waitFor({ timeout: 120_000 });
const sentence = (page: Page) => page.locator('.document .sentence');

/** Counts what is asked for of the weights. */
const watchWeights = (page: Page): readonly string[] => {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/models/universal-sentence-encoder')) asked.push(request.url());
  });
  return asked;
};

it('answers the first question by passages of the first chapters, by both ways and by each alone', async () => {
  const { page, said, foreign } = await visit('#ask', { viewport: { width: 1440, height: 1000 } });
  const weights = watchWeights(page);
  await page.getByText('the first time it fetches a model of 28.4 MB from this site').waitFor();
  await page.getByText('Call me Ishmael').waitFor();
  // Words answer at once.
  await page.getByText('Found by words alone').waitFor({ timeout: 60_000 });
  expect(await first(page).textContent()).toMatch(/^1CHAPTER 3\. The Spouter-Inn\./);
  expect(await page.getByRole('button', { name: 'Vectors alone' }).isEnabled()).toBe(false);
  expect(weights).toEqual([]);
  // From this machine 28 MB come faster than anybody reads how many there are.
  await page.route('**/models/universal-sentence-encoder/**', async (route) => {
    await new Promise((later) => setTimeout(later, 300));
    await route.continue();
  });
  await askIt(page).click();
  await page.getByText(/^Getting the model: [\d.]+ MB of 28.4 MB$/).waitFor();
  await page.getByText(/^Reading: \d+ of 177 windows, \d+ s left$/).waitFor({ timeout: 60_000 });
  await isRead(page);
  expect(weights).toHaveLength(9);
  await page.getByText('10 of 104 paragraphs').waitFor();
  expect(await first(page).textContent()).toMatch(
    /^1CHAPTER 3\. The Spouter-Inn\.1\.00And when it comes to sleeping with an unknown stranger/,
  );
  expect(await first(page).textContent()).toMatch(/vectors no\. 1 \(0\.\d\d\)words no\. 1 \([\d.]+\)characters 30,812–31,501$/);
  await expect.poll(() => sentence(page).first().textContent()).toMatch(/^And when it comes to sleeping/);
  expect(await violations(page)).toEqual([]);

  // Of another passage the sentence is brought into sight.
  await page.locator('.passage', { hasText: 'I told him that I never liked to sleep two in a bed' }).click();
  await expect.poll(() => sentence(page).first().textContent()).toMatch(/^I told him/);
  const [text, marked] = await Promise.all([page.locator('.document').boundingBox(), sentence(page).first().boundingBox()]);
  expect(marked?.y).toBeGreaterThan(text?.y ?? 0);
  expect(marked?.y).toBeLessThan((text?.y ?? 0) + (text?.height ?? 0));
  await page.goBack();
  await expect.poll(() => sentence(page).first().textContent()).toMatch(/^And when it comes to sleeping/);
  await first(page).focus();
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => page.url()).toContain('passage=2');

  await page.getByRole('button', { name: 'Words alone' }).click();
  await expect.poll(() => first(page).getAttribute('aria-current')).toBe('true');
  await page.getByRole('combobox', { name: 'Find' }).selectOption('section');
  await page.getByText('3 of 3 sections').waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Why does Ishmael go to sea?' }).click();
  await expect.poll(() => page.url()).toContain('q=Why+does+Ishmael');
  await expect.poll(() => first(page).textContent(), { timeout: 60_000 }).toMatch(/^1CHAPTER 1\. Loomings\./);
  expect(weights).toHaveLength(9);
  expect([said, foreign]).toEqual([[], []]);
  await page.context().close();
});

it('is taken away as link, code, data and pictures, and needs no weights again in a page that opens later', async () => {
  const { page, said } = await visit('#ask?text=harbour');
  await page.getByText('The boat came in before the rain.').waitFor();
  await page.getByRole('button', { name: 'To whom was the letter sent?' }).click();
  await isRead(page);
  await page.getByRole('button', { name: 'Copy code' }).click();
  await page.getByText('The code is copied').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('const question = "To whom was the letter sent?";');
  await page.getByRole('button', { name: 'Copy JSON' }).click();
  await page.getByText('The JSON is copied').waitFor();
  const json = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(json).toMatchObject({ question: 'To whom was the letter sent?', level: 'paragraph', weight: 0.8 });
  expect(json.both[0].text).toContain(json.both[0].sentence.text);
  expect(json.words[0]).toMatchObject({ section: 'THE LETTER', text: expect.stringMatching(/^In the cabin lay a letter/) });
  for (const name of ['SVG', 'PNG']) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
    expect(file.suggestedFilename()).toBe(`passages.${name.toLowerCase()}`);
  }

  // Another page of the same browser asks by itself: the weights are kept, and the text is short.
  const later = await page.context().newPage();
  const weights = watchWeights(later);
  await later.goto(page.url());
  await isRead(later);
  await later.getByText('Your browser keeps it: no network is needed.').waitFor();
  expect(weights).toEqual([]);
  expect(said).toEqual([]);
  await page.context().close();
});

it('reads a file that is dropped, ends at a cancel, and begins again', async () => {
  const { page, said } = await visit('#ask?text=harbour');
  await page.getByText('The boat came in before the rain.').waitFor();
  const drop = (name: string, text: string) =>
    page.getByRole('group', { name: 'Text' }).evaluate(
      (place, [name, text]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], name, { type: 'text/plain' }));
        place.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
      },
      [name, text] as const,
    );
  const lines = Array.from({ length: 4000 }, (_, at) => `Boat ${at} came in late, and it rained on the pier.`);
  await drop('log.txt', lines.join('\n\n'));
  await page.getByRole('heading', { name: 'log.txt' }).waitFor();
  const field = page.getByRole('textbox', { name: 'Your question' });
  expect(await field.inputValue()).toBe(''); // the question of the sample is none of this text
  await field.fill('Which boat is number 1234?');
  await field.press('Enter');
  await page.getByText(/^Reading: /).waitFor({ timeout: 120_000 });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Cancelled.').waitFor();
  await expect.poll(() => page.workers().length, { timeout: 30_000 }).toBe(1); // that of words; a browser gives one that runs some seconds to end
  expect(page.url()).not.toContain('text=own');
  await page.getByRole('button', { name: 'Start again' }).click();
  await page.getByText(/^Reading: /).waitFor({ timeout: 120_000 });

  await drop('short.txt', `${lines.slice(0, 3).join('\n\n')}\n\nThe keeper of the lighthouse has two cats.\n\n${'x'.repeat(3000)}`);
  await page.getByRole('heading', { name: 'short.txt' }).waitFor();
  // What was read of the other text is ended, and the question goes on to this one.
  await isRead(page);
  expect(await page.getByText('Cancelled.').count()).toBe(0);
  await field.fill('How many animals live in the tower?');
  await field.press('Enter');
  await isRead(page);
  await page.getByText('5 of 5 paragraphs').waitFor();
  await page.getByRole('button', { name: 'Words alone' }).click();
  expect(await page.locator('.passage').count()).toBeLessThanOrEqual(5);
  await field.fill('zeppelin');
  await field.press('Enter');
  await page.getByText('No word of the question stands in this document.').waitFor({ timeout: 60_000 });
  expect(said).toEqual([]);
  await page.context().close();
});

it('needs no network after the first question, and the service worker has not fetched its weights before', async () => {
  const { page } = await site.visit('#ask?text=harbour');
  const weights = watchWeights(page);
  await page.getByText('opens without a network').waitFor({ timeout: 60_000 });
  expect(weights).toEqual([]);
  await askIt(page).click();
  await isRead(page);
  await page.context().setOffline(true);
  await page.reload();
  await page.getByText('your browser keeps its index').waitFor({ timeout: 120_000 }); // of a sample
  await page.context().close();
});

it('is reached by the tour, and on a phone the passage that is taken comes into sight', async () => {
  const { page, said } = await visit('', { viewport: { width: 390, height: 844 } });
  await page.getByRole('button', { name: 'Tour' }).click();
  for (let station = 0; station < 5; station++) await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('Ask your own document').waitFor();
  await page.locator('.asking.toured').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByLabel('Sample').selectOption('harbour');
  await page.getByText('The boat came in before the rain.').waitFor();
  await askIt(page).click();
  await isRead(page);
  await page.locator('.passage').nth(1).click();
  await expect.poll(() => page.locator('.document').evaluate((place) => place.getBoundingClientRect().top < innerHeight)).toBe(true);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(await violations(page)).toEqual([]);
  expect(said).toEqual([]);
  await page.context().close();
});
