import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSite, type Site } from './open-site.ts';

describe('undo', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  it('steps through the diagram by keys and buttons, and counts what is held', async () => {
    const { page, said, foreign } = await site.visit('#undo?n=64&width=8', { serviceWorkers: 'block' });
    const reversible = page.getByRole('article', { name: /^Reversible/ });
    expect(await page.getByText('The loss').textContent()).toContain('The loss');
    expect(await reversible.textContent()).toContain('Holds 1, at most 1 so far. Branches ran 8 times.');
    expect(await page.getByRole('article', { name: /^Stored/ }).textContent()).toContain('Holds 21');
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await reversible.textContent()).toContain('x₂ = y₂ − G(y₁)');
    expect(await reversible.textContent()).toContain('Holds 6');
    await page.getByRole('slider', { name: 'Step' }).press('End');
    await page.getByText('Backward, block 1: gradients').waitFor();
    expect(await reversible.textContent()).toContain('Holds 1, at most 6 so far. Branches ran 16 times.');
    expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'To the first step' }).click();
    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByText('Forward through block 2').waitFor({ timeout: 10_000 });
    await page.getByRole('button', { name: 'Pause' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'SVG', exact: true }).click()]);
    const drawing = await readFile(await file.path(), 'utf8');
    expect(drawing).toMatch(/>Forward through block \d</);
    for (const way of ['Stored', 'Recomputed', 'Reversible']) expect(drawing).toContain(`>${way}<`);
    expect([said, foreign]).toEqual([[], []]);
  });

  it('measures memory, time and rounding by itself', async () => {
    const { page, said } = await site.visit('#undo?n=64&width=8', { serviceWorkers: 'block' });
    const memory = page.getByRole('region', { name: 'Memory against depth' });
    await memory.getByText('Reversible, 16 blocks').waitFor({ timeout: 150_000 });
    const growth = async (name: string): Promise<number> => {
      const figure = await memory.locator('.figure', { hasText: `${name}, 16 blocks` }).textContent();
      return Number(/([\d.]+)× of one block/.exec(figure ?? '')?.[1]);
    };
    expect(await growth('Stored')).toBeGreaterThan(6);
    expect(await growth('Reversible')).toBeLessThan(1.5);
    await memory.getByText('A step, reversible').waitFor({ timeout: 120_000 });
    expect(await memory.locator('.figure', { hasText: 'A step, reversible' }).textContent()).toMatch(/[\d.]+× as long as stored/);
    const rounding = page.getByRole('region', { name: 'Rounding' });
    const first = await rounding.locator('.figure', { hasText: 'First block’s input' }).textContent();
    expect(first).toMatch(/10⁻[⁵⁶⁷]/);
    expect(said).toEqual([]);
  }, 300_000);
});
