import { afterAll, beforeAll, expect, it } from 'vitest';
import { violations } from './accessibility.ts';
import { openSite, type Site } from './open-site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const visit = (hash: string) => site.visit(hash, { serviceWorkers: 'block', permissions: ['clipboard-read', 'clipboard-write'] });

it('steps from the vectors to the rounds, by buttons and by keys, and back', async () => {
  const { page, said, foreign } = await visit('#buckets?of=7');
  await page.getByRole('heading', { name: 'Vector 7 attends most to' }).waitFor();
  const step = page.getByRole('list').locator('[aria-current="step"]');
  expect(await step.textContent()).toContain('Vectors');
  await page.getByRole('button', { name: 'Next →' }).click();
  await page.getByText('4 random directions are drawn').waitFor();
  await page.keyboard.press('n');
  await page.getByText('bucket(x) = arg max [xR ; −xR]').waitFor();
  expect(await page.getByRole('button', { name: /^Vector 7 at \d+°, bucket 3$/ }).count()).toBe(1);
  await page.keyboard.press('n');
  await page.getByRole('img', { name: /^Sorted by bucket: 21, 2, 3, 6, 14, 18, 20, 1, 4, 5, 7, 13, / }).waitFor();
  await page.keyboard.press('n');
  await page.getByRole('img', { name: /^Chunks: 21, 2, 3, 6; 14, 18, 20, 1; 4, 5, 7, 13; / }).waitFor();
  await page.keyboard.press('n');
  // Round 1: its own chunk and the one before.
  await page.getByText('7 of 23').waitFor();
  await page.getByText('3 of 6').waitFor();
  expect(await page.getByRole('row', { name: /vector 6 11° 28\.7 % 18\.6 % round 2/ }).count()).toBe(1);
  await page.keyboard.press('n');
  await page.getByText('6 of 6').waitFor();
  expect(await step.textContent()).toContain('Rounds');
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('b');
  await page.goBack();
  expect(await step.textContent()).toContain('Rounds');
  expect([said, foreign]).toEqual([[], []]);
  await page.context().close();
});

it('a vector is turned by the arrow keys and by the pointer, and the link holds it', async () => {
  const { page, said } = await visit('#buckets?stage=meet&of=5');
  const vector = page.locator('[data-vector="5"]');
  await page.getByText('Vector 5 meets').waitFor();
  const azimuth = async (): Promise<number> => Number(/at (\d+)°/.exec((await vector.getAttribute('aria-label')) ?? '')?.[1]);
  const before = await azimuth();
  expect(await vector.getAttribute('tabindex')).toBe('0');
  await vector.focus();
  await page.keyboard.press('ArrowLeft');
  expect(await azimuth()).toBe((before + 5) % 360);
  await page.keyboard.press('Shift+ArrowRight');
  expect(await azimuth()).toBe((before + 4) % 360);
  await expect.poll(() => page.url()).toContain(`turned=5.${(before + 4) % 360}.0`);
  const circle = await page.locator('.circle').boundingBox();
  const handle = await vector.locator('.bubble').boundingBox();
  if (circle === null || handle === null) throw new Error('there is no circle');
  await page.mouse.move(handle.x + handle.width / 2, handle.y + handle.height / 2);
  await page.mouse.down();
  await page.mouse.move(circle.x + circle.width / 2, circle.y + 10, { steps: 8 });
  await page.mouse.up();
  expect(Math.abs((await azimuth()) - 90)).toBeLessThanOrEqual(1);
  await page.getByRole('button', { name: 'Undo turns' }).click();
  expect(await azimuth()).toBe(before);
  expect(said).toEqual([]);
  await page.context().close();
});

it('recall is measured while one looks on, and can be ended', async () => {
  const { page, said } = await visit('#buckets');
  await page.getByText('Mean of 5,120 vectors.').waitFor({ timeout: 60_000 });
  const summary = page.getByText(/16 buckets 4\d(\.\d)? % in one round, 9\d(\.\d)? % in 8/);
  expect(await summary.textContent()).toContain('sorted at random 12.3 % and 65.1 %');
  await page.getByRole('img', { name: /64 buckets .* in one round/ }).waitFor();
  await page.getByRole('combobox', { name: 'Vectors', exact: true }).selectOption('uniform');
  const region = page.getByRole('region', { name: 'Recall against rounds' });
  // Pressed in the page itself, as soon as there is progress: a fast machine is done before it could be asked for from here.
  await region.evaluate((element) => {
    const observer = new MutationObserver(() => {
      const button = [...element.querySelectorAll('button')].find(({ textContent }) => textContent === 'Cancel');
      if (button === undefined || !/Set \d of 10/.test(element.textContent ?? '')) return;
      observer.disconnect();
      button.click();
    });
    observer.observe(element, { subtree: true, childList: true, characterData: true });
  });
  await region.getByRole('slider', { name: 'Number' }).press('End');
  await page.getByText('Cancelled.').waitFor({ timeout: 10_000 });
  expect(said).toEqual([]);
  await page.context().close();
});

it('is taken away as link, code, data and pictures', async () => {
  const { page, said } = await visit('#buckets?stage=meet&on=sphere');
  await page.getByText('Vector 0 meets').waitFor();
  await page.getByRole('button', { name: 'Copy code' }).click();
  await page.getByText('The code is copied').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('drawRotations(createKey(1), { heads: 1, headDim: size');
  await page.getByRole('button', { name: 'Copy JSON' }).click();
  await page.getByText('The JSON is copied').waitFor();
  const json = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(json.order).toHaveLength(3);
  expect([...json.order[0]].sort((left: number, right: number) => left - right)).toEqual(Array.from({ length: 24 }, (_, at) => at));
  for (const name of ['SVG', 'PNG']) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
    expect(file.suggestedFilename()).toBe(`hash-buckets.${name.toLowerCase()}`);
  }
  expect(said).toEqual([]);
  await page.context().close();
});
