import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSite, type Site } from './open-site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site.close());

const visit = (hash: string) => site.visit(hash, { serviceWorkers: 'block', permissions: ['clipboard-read', 'clipboard-write'] });
const state = (fields: Readonly<Record<string, string>>): string => `#pattern?${new URLSearchParams(fields)}`;

it('says what a window costs at 65,536 tokens, and shares it', async () => {
  const { page, said, foreign } = await visit(state({ mask: 'slidingWindow({ left: 256 }).and(causal())', n: '65536' }));
  // A block row of 64 visits its own block and 4 before it: 5,110 of 1,024² for each of 8 heads.
  await page.getByText('40,880 of 8.39 M blocks').waitFor();
  await page.getByText('0.487 %').waitFor();
  await page.getByRole('button', { name: 'Share link' }).click();
  await page.getByText('The link is copied').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
  expect([said, foreign]).toEqual([[], []]);
  await page.context().close();
});

it('hovering a pair says which part decides it', async () => {
  const { page } = await visit(state({ n: '16', mask: 'slidingWindow({ left: 2 }).or(globalTokens([0])).and(causal())' }));
  const canvas = page.locator('.mask-picture canvas');
  const told = async (query: number, key: number): Promise<string> => {
    const { width = 0, height = 0 } = (await canvas.boundingBox()) ?? {};
    const side = (Math.min(width, height) * 0.96) / 16;
    await canvas.hover({ position: { x: width / 2 + (key - 7.5) * side, y: height / 2 + (query - 7.5) * side } });
    return (await page.locator('.told').textContent()) ?? '';
  };
  // Again where what stands above the picture has moved it after it was measured.
  await expect
    .poll(() => told(9, 8), { timeout: 30_000 })
    .toMatch(/^Query 9.* sees key 8.*: slidingWindow\(\{ left: 2 \}\) and causal\(\) allows it\.$/);
  await expect.poll(() => told(9, 0)).toMatch(/sees key 0.*: globalTokens\(\[0\]\) and causal\(\) allows it/);
  await expect.poll(() => told(3, 9)).toMatch(/does not see key 9.*: causal\(\) forbids it/);
  await page.context().close();
});

it('draws 65,536 tokens by asking for the borders of the pattern', async () => {
  const { page } = await visit(state({ mask: 'slidingWindow({ left: 256 }).and(causal())', n: '65536' }));
  const canvas = page.locator('.mask-picture canvas');
  const counts = () =>
    canvas.evaluate(({ dataset }: HTMLElement) => ({
      tiles: Number(dataset['tiles']),
      asked: Number(dataset['asked']),
      waiting: dataset['waiting'],
    }));
  await expect.poll(async () => (await counts()).waiting, { timeout: 30_000 }).toBe('false');
  const { tiles, asked } = await counts();
  expect(tiles).toBeGreaterThan(8);
  // The square has 4.3 · 10⁹ pairs, and the screen half a million points.
  expect(asked).toBeLessThan(60_000);
  expect(asked).toBeGreaterThan(1000);
  await page.context().close();
});

it('a broken expression keeps the picture, and says where it breaks', async () => {
  const { page, said } = await visit(state({ mask: 'slidingWidow({ left: 2 })' }));
  await page.getByText('There is no mask of the name slidingWidow. Did you mean slidingWindow').first().waitFor();
  await page.locator('.mask-picture canvas').waitFor();
  expect(said).toEqual([]);
  await page.context().close();
});

it('goes back and forward through what was set', async () => {
  const { page } = await visit('#pattern');
  await page.getByLabel('Begin with').selectOption('longformer');
  await page.getByText('slidingWindow({ left: 256, right: 256 }).or(globalTokens([0]))').waitFor();
  await page.getByLabel('Begin with').selectOption('swin');
  expect(new URLSearchParams(new URL(page.url()).hash.split('?')[1]).get('n')).toBe('3136');
  await page.goBack();
  expect(new URLSearchParams(new URL(page.url()).hash.split('?')[1]).get('mask')).toBe(
    'slidingWindow({ left: 256, right: 256 }).or(globalTokens([0]))',
  );
  await page.context().close();
});

it('measures on this device, and a measurement can be ended at once', async () => {
  const { page, said } = await visit(state({ n: '1024', heads: '2', headDim: '16' }));
  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await page.getByText(/fastest of \d/).waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Explain: How this was measured' }).click();
  await page.getByText(/Kernel: wasm-simd/).waitFor();
  await page.keyboard.press('Escape');
  await page.goto(`${site.url}${state({ n: '65536', mask: 'causal()' })}`);
  await page.getByRole('button', { name: 'Measure again' }).click();
  await page.getByText('Timing attention under this mask').waitFor();
  await page.locator('.job', { hasText: 'Timing attention' }).getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Cancelled.').waitFor({ timeout: 1000 });
  expect(said).toEqual([]);
  await page.context().close();
});

it('takes a text of a person, and refuses what is none', async () => {
  const { page, said } = await visit('#pattern');
  const file = page.getByLabel('A text file of yours');
  await file.setInputFiles({ name: 'whale.txt', mimeType: 'text/plain', buffer: Buffer.from('the whale '.repeat(120_000)) });
  await page.getByText('1,200,000 characters').waitFor();
  await file.setInputFiles({ name: 'picture.png', mimeType: 'image/png', buffer: Buffer.from([137, 80, 78, 71, 0, 0, 0, 13]) });
  await page.getByText('“picture.png” is no text').waitFor();
  await file.setInputFiles({ name: 'one-word.txt', mimeType: 'text/plain', buffer: Buffer.from('a'.repeat(300_000)) });
  await page.getByText('300,000 characters').waitFor();
  await page.getByText('Visited', { exact: true }).waitFor();
  expect(said).toEqual([]);
  await page.context().close();
});

it('what spreads through layers is drawn, layer by layer', async () => {
  const { page } = await visit(
    state({ show: 'reach', n: '1024', layers: '4', layer: '2', mask: 'slidingWindow({ left: 256, right: 256 })' }),
  );
  await page
    .getByText(/After 2 layers, .* % of the pairs of blocks are connected\. After 4, every token can have reached every other one\./)
    .waitFor();
  await page.context().close();
});

it('a mask that is typed fast stays as it was typed, and the page goes on', async () => {
  const { page } = await visit('#pattern');
  await page.getByText('Visited', { exact: true }).waitFor();
  const editor = page.getByRole('textbox', { name: 'Mask expression' });
  await editor.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('slidingWindow({ left: 256 }).and(causal())');
  await page.getByRole('textbox', { name: 'Exactly' }).fill('65536');
  await page.getByText('40,880 of 8.39 M blocks').waitFor();
  expect(await editor.textContent()).toBe('slidingWindow({ left: 256 }).and(causal())');
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await page.getByText('The link is copied').waitFor();
  const shared = new URLSearchParams((await page.evaluate(() => navigator.clipboard.readText())).split('?')[1]);
  expect([...shared]).toEqual([
    ['mask', 'slidingWindow({ left: 256 }).and(causal())'],
    ['n', '65536'],
  ]);
  await page.context().close();
});

it('two patterns stand side by side, move together, and each says what it costs', async () => {
  const { page, said } = await visit(state({ show: 'beside', other: 'causal()', n: '1024', mask: 'slidingWindow({ left: 63 })' }));
  const canvases = page.locator('.mask-picture canvas');
  await expect.poll(() => canvases.count()).toBe(2);
  await page
    .getByText(/^[\d.]+ % of the blocks, [\d.]+ [MG]FLOP forward$/)
    .nth(1)
    .waitFor();
  const waiting = async (): Promise<readonly (string | null)[]> => [
    await canvases.nth(0).getAttribute('data-waiting'),
    await canvases.nth(1).getAttribute('data-waiting'),
  ];
  await expect.poll(waiting, { timeout: 30_000 }).toEqual(['false', 'false']);
  await canvases.nth(1).focus();
  await page.keyboard.press('+');
  // A cell of the picture is half as many tokens in both.
  const told = page.getByText(/single tokens|a point is/);
  await expect.poll(async () => new Set(await told.allTextContents()).size).toBe(1);
  const { width = 0, height = 0 } = (await canvases.nth(0).boundingBox()) ?? {};
  await canvases.nth(0).hover({ position: { x: width / 2 - 8, y: height / 2 } }); // some tokens before the diagonal
  await page.getByText(/^Query .* sees key .*: causal\(\) allows it\.$/).waitFor();
  await page.getByText(/^Query .* sees key .*: slidingWindow\(\{ left: 63 \}\) allows it\.$/).waitFor();
  for (const name of ['PNG', 'SVG']) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
    expect(file.suggestedFilename()).toBe(`attention-pattern.${name.toLowerCase()}`);
  }
  expect(said).toEqual([]);
  await page.context().close();
});

it('information spreads through each head in its own way', async () => {
  const mask = 'perHead([slidingWindow({ left: 1023, right: 1023 }), slidingWindow({ left: 0 })])';
  const { page } = await visit(state({ show: 'reach', n: '1024', layers: '1', layer: '1', mask }));
  await page.getByText('After 1, every token can have reached every other one.').waitFor();
  await page.getByLabel('Through').selectOption('1');
  await page.getByText('Within 1 layers some never meet.').waitFor();
  await page.getByRole('img', { name: 'through head 1 alone' }).waitFor();
  await page.context().close();
});
