import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSite, type Site } from './open-site.ts';

const patience = 90_000;

let site: Site;
let folder: string;
let enormous: string;
beforeAll(async () => {
  site = await openSite();
  folder = await mkdtemp(join(tmpdir(), 'playground-'));
  enormous = join(folder, 'enormous.txt');
  const file = await open(enormous, 'w');
  await file.truncate(2 ** 30); // 1 GB that takes no place on the disk
  await file.close();
});
afterAll(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});

const visit = async (hash: string) => {
  const visited = await site.visit(hash, { serviceWorkers: 'block' });
  visited.page.setDefaultTimeout(patience);
  return visited;
};

interface TakesText {
  readonly hash: string;
  /** It shows something of the short sample. */
  isUsable(page: Page): Promise<void>;
  /** What it shows of 300,000 letters without a space. */
  readonly ofOneWord: RegExp;
}

const takingText: Readonly<Record<string, TakesText>> = {
  pattern: {
    hash: '#pattern',
    isUsable: (page) => page.getByText('Visited', { exact: true }).waitFor(),
    ofOneWord: /^300,000 characters$/,
  },
  train: {
    hash: '#train?subject=text&width=16&heads=2&batch=8&context=32',
    isUsable: (page) => page.getByRole('button', { name: 'Train', exact: true }).and(page.locator(':enabled')).waitFor(),
    ofOneWord: /^300,000 characters$/,
  },
  look: {
    hash: '#look?context=256',
    isUsable: (page) => page.getByText('looks back, from its last byte').waitFor(),
    ofOneWord: /“a+…?” looks back, from its last byte/,
  },
  memory: {
    hash: '#memory?text=harbour',
    isUsable: (page) => page.getByText('Memory saves').waitFor(),
    ofOneWord: /bytes are streamed, from character/,
  },
  levels: {
    hash: '#levels',
    isUsable: (page) => page.getByText('sentence 2 of 14').waitFor(),
    ofOneWord: /^sentence 1 of 1, in section 1$/,
  },
  ask: {
    hash: '#ask?text=harbour',
    async isUsable(page) {
      const isRead = page.getByText(/The text was read in|keeps its index/);
      await page.getByText('575 characters', { exact: true }).waitFor();
      if (!(await isRead.isVisible())) await page.getByRole('button', { name: 'Ask', exact: true }).click();
      await isRead.waitFor();
    },
    ofOneWord: /^a{1200}$/,
  },
};

describe('what is no text, or too much of it', () => {
  it.each(Object.keys(takingText))(
    'gets a clear answer in %s, and the page goes on',
    async (view) => {
      const { hash, isUsable, ofOneWord } = takingText[view] as TakesText;
      const { page, said, foreign } = await visit(hash);
      const file = page.getByLabel('A text file of yours');
      await page.getByText(/^[\d,]+ characters$/).waitFor();
      await page.getByLabel('Sample').selectOption('harbour');
      await page.getByText('575 characters', { exact: true }).waitFor();
      await file.setInputFiles(enormous);
      await page.getByText('A text may have at most 64 MB here; “enormous.txt” has 1024 MB.').waitFor();
      await page.getByText('575 characters', { exact: true }).waitFor(); // what was there before is there still
      await file.setInputFiles({ name: 'picture.png', mimeType: 'image/png', buffer: Buffer.from([137, 80, 78, 71, 0, 0, 0, 13]) });
      await page.getByText('“picture.png” is no text').waitFor();
      await file.setInputFiles({ name: 'latin.txt', mimeType: 'text/plain', buffer: Buffer.alloc(2000, 0xe9) });
      await page.getByText('“latin.txt” is no text in UTF-8').waitFor();
      await file.setInputFiles({ name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) });
      await page.getByText('“empty.txt” is empty').waitFor();
      await isUsable(page);
      await file.setInputFiles({ name: 'one-word.txt', mimeType: 'text/plain', buffer: Buffer.from('a'.repeat(300_000)) });
      await page.getByText(ofOneWord).first().waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
      await page.getByLabel('Sample').selectOption('harbour');
      await isUsable(page);
      expect([said, foreign]).toEqual([[], []]);
      await page.context().close();
    },
    4 * patience,
  );
});

const kill = (page: Page): Promise<unknown> =>
  Promise.all(
    page.workers().map((worker) =>
      worker.evaluate(() => {
        setTimeout(() => {
          throw new Error('killed');
        });
      }),
    ),
  );

describe('a worker that dies', () => {
  it(
    'while a pattern is drawn has a successor that draws on',
    async () => {
      const { page } = await visit('#pattern');
      const tiles = () =>
        page.locator('.mask-picture canvas').evaluate(({ dataset }: HTMLElement) => [dataset['waiting'], Number(dataset['tiles'])]);
      await expect.poll(async () => (await tiles())[0], { timeout: patience }).toBe('false');
      await kill(page);
      const before = (await tiles())[1];
      await page.getByRole('button', { name: 'Zoom in' }).click();
      await expect.poll(async () => (await tiles())[1], { timeout: patience }).toBeGreaterThan(before as number);
      await expect.poll(async () => (await tiles())[0], { timeout: patience }).toBe('false');
      await page.context().close();
    },
    4 * patience,
  );

  it.each([
    ['pattern', '#pattern?n=256&heads=1&headDim=8', /fastest of \d/],
    ['race', '#race?n=512&heads=1&headDim=8&who=window&seconds=1', /^[\d.]+ ms$/],
    ['look', '#look?context=256', /looks back, from its last byte/],
    ['memory', '#memory?text=harbour', /^Memory saves/],
    ['levels', '#levels', /· sentence \d+/],
    ['ask', '#ask?text=harbour', /^vectors no. \d/],
  ])(
    'is said in %s, and another one does its work when it is asked for again',
    async (_, hash, done) => {
      const { page } = await visit('');
      // Its binary never comes, so that the worker waits.
      await page.route('**/tfjs/**', () => undefined);
      const asked = page.waitForRequest('**/tfjs/**');
      await page.goto(`${site.url}${hash}`);
      const measure = page.getByRole('button', { name: 'Measure', exact: true });
      if (hash.startsWith('#pattern')) await measure.click();
      if (hash.startsWith('#ask')) await page.getByRole('button', { name: 'Ask', exact: true }).click();
      await asked;
      await kill(page);
      await page.getByText('The worker that computes has died').first().waitFor();
      await page.unroute('**/tfjs/**');
      await page.getByRole('button', { name: 'Try again' }).first().click();
      await page.getByText(done).first().waitFor();
      await page.context().close();
    },
    4 * patience,
  );
});
