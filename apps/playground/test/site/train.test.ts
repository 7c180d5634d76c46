import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openSite, type Site } from './open-site.ts';

/** ms that a run of a few steps may take where others compute too. */
const patience = 150_000;
vi.setConfig({ testTimeout: 3 * patience });

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const visit = async (hash: string) => {
  const visited = await site.visit(hash, { serviceWorkers: 'block', permissions: ['clipboard-read', 'clipboard-write'] });
  visited.page.setDefaultTimeout(patience);
  return visited;
};
const state = (fields: Readonly<Record<string, string>>): string => `#train?${new URLSearchParams(fields)}`;

const figure = (page: Page, name: string) =>
  page.locator('.figure', { has: page.getByText(name, { exact: true }) }).locator('.figure-value');
const stepOf = async (page: Page): Promise<number> => Number((await figure(page, 'Step').first().textContent())?.replaceAll(',', ''));
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const losses = async (page: Page): Promise<readonly number[]> => {
  await button(page, 'Copy JSON').click();
  await page.getByText('The JSON is copied.').waitFor();
  return JSON.parse(await page.evaluate(() => navigator.clipboard.readText()))[0].losses;
};

it('shows the task before anything is trained, and learns it after a click', async () => {
  const { page, said, foreign } = await visit(state({ steps: '40' }));
  await page.getByText('chance 25 %').first().waitFor();
  expect(await figure(page, 'Model').textContent()).toBe('26,048');
  expect(await page.locator('.example .asked').count()).toBe(4);
  await button(page, 'Train').click();
  await page.getByText(/^Trained\./).waitFor({ timeout: patience });
  expect(await stepOf(page)).toBe(40);
  expect(Number.parseFloat((await figure(page, 'Right answers').textContent()) ?? '')).toBeGreaterThan(90);
  expect(await page.locator('.example .right').count()).toBe(4);
  await page.getByRole('img', { name: /^Loss by step\. Full causal attention: step 40/ }).waitFor();
  expect(await page.getByRole('button', { name: /^Layer \d, head \d$/ }).count()).toBe(8);
  await page.getByRole('img', { name: /^Attention of layer 1, head 1/ }).focus();
  await page.keyboard.press('ArrowDown');
  await page.getByText(/“\?” at 12 gives “\?” at 12 \d+ % of its attention\./).waitFor();
  expect((await losses(page)).length).toBe(40);
  expect([said, foreign]).toEqual([[], []]);
  await page.context().close();
});

it('pauses at once, takes a single step, and goes on after a reload with the same curve', async () => {
  const fields = { steps: '400', width: '16', heads: '2', batch: '8' };
  const { page, said } = await visit(state(fields));
  await button(page, 'Train').click();
  await expect.poll(() => stepOf(page), { timeout: patience }).toBeGreaterThan(7);
  await button(page, 'Pause').click();
  await button(page, 'Go on').waitFor();
  const paused = await stepOf(page);
  await button(page, 'One step').click();
  await expect.poll(() => stepOf(page), { timeout: patience }).toBe(paused + 1);
  await page.getByText(`Kept for a later visit: up to step ${paused + 1}.`).waitFor();
  const sofar = await losses(page);
  expect(sofar.length).toBe(paused + 1);
  await page.reload();
  await page.getByText(`at step ${paused + 1} of 400.`).waitFor();
  await button(page, 'Go on with it').click();
  await expect.poll(() => stepOf(page), { timeout: patience }).toBeGreaterThan(paused + 5);
  await button(page, 'Pause').click();
  await button(page, 'Go on').waitFor();
  const all = await losses(page);
  expect(all.slice(0, sofar.length)).toEqual(sofar);
  // The same run without any pause has the same losses.
  const other = await visit(state(fields));
  await button(other.page, 'Train').click();
  await expect.poll(() => stepOf(other.page), { timeout: patience }).toBeGreaterThan(paused + 5);
  await button(other.page, 'Pause').click();
  await button(other.page, 'Go on').waitFor();
  const whole = await losses(other.page);
  const shared = Math.min(whole.length, all.length);
  expect(all.slice(0, shared)).toEqual(whole.slice(0, shared));
  expect([said, other.said]).toEqual([[], []]);
  await page.context().close();
  await other.page.context().close();
});

it('two mechanisms learn beside each other; a worker that dies is said, and the run goes on', async () => {
  const { page } = await visit(state({ other: 'window', steps: '2000', width: '16', heads: '2', batch: '8' }));
  await button(page, 'Train').click();
  await expect
    .poll(async () => (await page.locator('.lane').allInnerTexts()).filter((text) => /^[1-9]\d*$/m.test(text)).length, {
      timeout: patience,
    })
    .toBe(2);
  await page.getByText(/Kept for a later visit: up to step \d+/).waitFor({ timeout: patience });
  const [worker] = page.workers();
  await worker?.evaluate(() => {
    setTimeout(() => {
      throw new Error('killed');
    });
  });
  await page.getByText('The worker that computes has died').waitFor();
  const again = page.getByRole('button', { name: /^Go on from step \d+$/ });
  const kept = Number(/\d+/.exec((await again.textContent()) ?? '')?.[0]);
  await again.click();
  await expect.poll(() => stepOf(page), { timeout: patience }).toBeGreaterThan(kept);
  await button(page, 'Reset').click();
  await button(page, 'Train').waitFor();
  await page.context().close();
});

it('saves weights and opens them again; a foreign file is refused in words', async () => {
  const { page } = await visit(state({ steps: '5', width: '16', heads: '2', batch: '8' }));
  await button(page, 'Train').click();
  await page.getByText(/^Trained\./).waitFor({ timeout: patience });
  const download = page.waitForEvent('download');
  await button(page, 'Save the weights').click();
  const bytes = await readFile(await (await download).path());
  const opened = page.getByLabel('A file of weights');
  await page.getByRole('combobox', { name: 'Width' }).selectOption('64');
  await opened.setInputFiles({ name: 'own.safetensors', mimeType: 'application/octet-stream', buffer: bytes });
  await button(page, 'Go on').waitFor();
  expect(await page.getByRole('combobox', { name: 'Width' }).inputValue()).toBe('16');
  await opened.setInputFiles({ name: 'cut.safetensors', mimeType: 'application/octet-stream', buffer: bytes.subarray(0, 500) });
  await page.getByText('“cut.safetensors”: readSafetensors').waitFor();
  await page.context().close();
});

it('learns the bytes of a text, and writes on', async () => {
  const { page, said } = await visit(state({ subject: 'text', steps: '20', context: '32', batch: '8', width: '16', heads: '2' }));
  await page.getByText('CHAPTER 1', { exact: false }).first().waitFor({ timeout: patience });
  await button(page, 'Train').click();
  await page.getByText(/^Trained\./).waitFor({ timeout: patience });
  expect(Number(await figure(page, 'Bits per character').textContent())).toBeLessThan(7);
  await page.getByText('How it goes on').waitFor();
  await expect.poll(async () => (await page.locator('.read-text').textContent())?.length, { timeout: patience }).toBeGreaterThan(100);
  expect(said).toEqual([]);
  await page.context().close();
});
