import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSite, type Site } from './open-site.ts';

/** The software adapter is slow, and others compute too. */
const patience = 150_000;

let site: Site;
beforeAll(async () => {
  site = await openSite({ args: ['--enable-unsafe-webgpu'] }); // the software adapter, which Chromium gives to tests alone
});
afterAll(() => site.close());

it(
  'a race and a training run on WebGPU, where a person takes it',
  async () => {
    const { page, foreign } = await site.visit('#race?n=512&heads=1&headDim=16&who=full%2Cwindow&seconds=600', { serviceWorkers: 'block' });
    page.setDefaultTimeout(patience);
    await page.getByRole('button', { name: 'Explain: What the page computes on' }).click();
    await page.getByRole('button', { name: 'Measure now' }).click();
    await page
      .getByRole('group', { name: 'Compute on' })
      .getByRole('button', { name: /^WebGPU/ })
      .click();
    await page.keyboard.press('Escape');
    await page.getByText(/^On WebGPU/).waitFor();
    await page.getByRole('button', { name: 'Start the race' }).click();
    const table = page.getByRole('table', { name: 'Standings' });
    const longest = async (name: RegExp): Promise<string | null> => table.getByRole('row', { name }).getByRole('cell').nth(1).textContent();
    for (const name of [/^Full attention/, /^Window of 256/]) await expect.poll(() => longest(name), { timeout: patience }).toBe('512');
    expect(await table.locator('.racer-left').count()).toBe(0);
    await page.getByRole('button', { name: 'Explain: Window of 256' }).last().click();
    await page
      .getByRole('note', { name: 'Window of 256' })
      .getByText(/^Kernel: webgpu/)
      .waitFor();
    await page.keyboard.press('Escape');

    await page.goto(`${site.url}#train?backend=webgpu&steps=3&width=16&heads=2&batch=4`);
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByText(/^Trained\./).waitFor();
    await page
      .getByText(/WebGPU/)
      .first()
      .waitFor();
    expect(foreign).toEqual([]);
    await page.context().close();
  },
  4 * patience,
);
