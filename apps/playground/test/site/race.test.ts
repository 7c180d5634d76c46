import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSite, type Site } from './open-site.ts';

describe('the race', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  it('starts by itself, fills plot and table, and says what grows how', async () => {
    const { page, said, foreign } = await site.visit('#race?n=1024&heads=1&headDim=16&seconds=10', { serviceWorkers: 'block' });
    await page
      .getByText('starts as soon as the page is at rest')
      .or(page.getByRole('button', { name: 'Cancel' }))
      .first()
      .waitFor();
    const table = page.getByRole('table', { name: 'Standings' });
    await table
      .getByText(/^n−?\d\.\d\d$/)
      .nth(2)
      .waitFor({ timeout: 150_000 });
    await page.getByRole('button', { name: 'Start the race' }).waitFor({ timeout: 60_000 });
    expect(await table.getByRole('row').count()).toBe(4);
    const cells = (name: RegExp): Promise<string[]> => table.getByRole('row', { name }).getByRole('cell').allTextContents();
    const full = await cells(/^Full attention/);
    expect(full[0]).toMatch(/^n−?\d\.\d\d −?\d+\.\d\d to −?\d+\.\d\d$/);
    expect(full[1]).toBe('1,024');
    expect(full[2]).toMatch(/^[\d.]+ ms$/);
    expect(full[3]).toMatch(/^[\d.]+ (kB|MB)$/);
    expect((await cells(/^Window of 256/))[4]).toMatch(/^[\d.]+× at 1,024$/);
    await page.getByRole('button', { name: 'Explain: Window of 256' }).last().click();
    expect(
      await page
        .getByRole('note', { name: 'Window of 256' })
        .getByText(/^Kernel: wasm/)
        .isVisible(),
    ).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByText('All times, and').click();
    const times = page.getByRole('table', { name: /Milliseconds/ });
    expect(await times.getByRole('row').count()).toBe(4); // its head, and 256, 512 and 1,024 tokens
    const label = await page.getByRole('img', { name: /Time per call against length/ }).getAttribute('aria-label');
    expect(label).toMatch(/Full attention grows as n to the power of -?\d\.\d\d; Window of 256 grows/);
    expect([said, foreign]).toEqual([[], []]);
  }, 240_000);

  it('says why a mechanism runs no further, and can be cancelled', async () => {
    const { page, said } = await site.visit('#race?who=full%2Ctable&n=65536&memory=64&heads=1&headDim=16&seconds=14', {
      serviceWorkers: 'block',
    });
    const row = page.getByRole('table', { name: 'Standings' }).getByRole('row', { name: /table of scores/ });
    await row.getByText(/One call (would hold about|held) [\d.]+ MB; the budget is 64 MB\./).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Cancelled.').waitFor({ timeout: 1000 });
    expect(
      await page
        .getByRole('table', { name: 'Standings' })
        .getByRole('row', { name: /^Full attention/ })
        .textContent(),
    ).toContain(' ms');
    expect(said).toEqual([]);
  });

  it('a link with another choice of mechanisms shows it, and back undoes a change', async () => {
    const { page, said } = await site.visit('#race?who=full%2Cmoba&seconds=600&n=512', { serviceWorkers: 'block' });
    const moba = page.getByRole('checkbox', { name: 'MoBA' });
    expect(await moba.isChecked()).toBe(true);
    await moba.uncheck();
    expect(await page.evaluate(() => location.hash)).toContain('who=full&');
    await page.goBack();
    expect(await moba.isChecked()).toBe(true);
    expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0); // twenty minutes are not begun unasked
    expect(said).toEqual([]);
  });
});
