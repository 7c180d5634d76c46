import { isolating, openChromium, serve } from '@longspan/tooling/chromium';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { savedCheckpoint } from './checkpoint.ts';
import { drawnIds } from './drawn-ids.ts';
import type { ReadingFigures, ReadingInput } from './input.ts';
import { bundlePage } from './page/bundle-page.ts';
import type { ReadingPage } from './page/reading-page.ts';

type PageWindow = typeof globalThis & { readonly readingPage: ReadingPage };

/** A page reads a long text in a worker, in slabs, while an animation runs on it: whose frames are missed is counted. */
export async function measureReading(input: ReadingInput, reporter: Reporter): Promise<ReadingFigures> {
  const { checkpoint, tokens, slabLength, seed, instructions } = input;
  await startBackend('cpu');
  await reporter.started();
  await reporter.progress({ done: 0, label: 'reading the checkpoint' });
  const folder = await savedCheckpoint(checkpoint);
  const ids = [...drawnIds(tokens, checkpoint.size.vocabulary, seed)];
  const bundled = await bundlePage(['reading-page', 'reading-worker'], { checkpoint: folder });
  const site = await serve(bundled.folder, isolating);
  const browser = await openChromium(['--no-sandbox']);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(site.url);
    await page.waitForFunction(() => 'readingPage' in globalThis);
    // Asked seldom: the page is what is measured.
    const watch = setInterval(async () => {
      const done = await page.evaluate(() => (globalThis as PageWindow).readingPage.done).catch(() => 0);
      await reporter.progress({ done, label: `${Math.round(done * 100)} % of the text` });
    }, 10_000);
    try {
      const found = await page.evaluate(([ids, rest]) => (globalThis as PageWindow).readingPage.read(ids, rest), [
        ids,
        { slabLength, ...(instructions && { instructions }) },
      ] as const);
      return { kind: 'reading', tokens, ...found, browser: `Chromium ${browser.version()}` };
    } finally {
      clearInterval(watch);
    }
  } finally {
    await browser.close();
    await site.close();
    bundled.remove();
  }
}
