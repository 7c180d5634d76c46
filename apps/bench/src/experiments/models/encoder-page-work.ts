import { join } from 'node:path';
import { createKey } from '@longspan/core-tensor/key';
import { isolating, openChromium, serve } from '@longspan/tooling/chromium';
import type { Timed } from '../../figures/alternate.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { packagesOf, threads } from '../peers/input.ts';
import { savedCheckpoint } from './checkpoint.ts';
import { drawnIds } from './drawn-ids.ts';
import { exportedGraph } from './exported-graph.ts';
import type { EncoderFigures, EncoderInput } from './input.ts';
import { bundlePage } from './page/bundle-page.ts';
import type { EncoderPage } from './page/encoder-page.ts';
import { takeTurns } from './take-turns.ts';

type PageWindow = typeof globalThis & { readonly encoderPage: EncoderPage };

/** The same in one page of a Chromium, beside ONNX Runtime's build for WebAssembly. */
export async function measureEncoderInPage(input: EncoderInput, reporter: Reporter): Promise<EncoderFigures> {
  const { checkpoint, batch, pace, torch, seed, peer, installed, instructions } = input;
  await startBackend('cpu');
  await reporter.started();
  await reporter.progress({ done: 0, label: 'exporting the graph, comparing the answers' });
  const folder = await savedCheckpoint(checkpoint);
  await exportedGraph(torch, folder);
  const ids = [...drawnIds(batch.texts * batch.tokens, checkpoint.size.vocabulary, seed)];
  const bundled = await bundlePage(['encoder-page'], { checkpoint: folder, ort: join(installed, 'node_modules', peer, 'dist') });
  const site = await serve(bundled.folder, isolating);
  const browser = await openChromium(['--no-sandbox']);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(site.url);
    await page.waitForFunction(() => 'encoderPage' in globalThis);
    const opened = await page.evaluate(
      ([batch, ids, threads, instructions]) => (globalThis as PageWindow).encoderPage.open(batch, ids, threads, instructions),
      [batch, ids, threads, instructions] as const,
    );
    if (opened.threads !== threads) throw new Error(`Longspan has ${opened.threads} threads in the page: ${opened.threadsReason}`);
    const timed = (side: 'ours' | 'theirs'): Timed => ({
      times: (runs) => page.evaluate(([side, runs]) => (globalThis as PageWindow).encoderPage.times(side, runs), [side, runs] as const),
    });
    const { error, peerFailed } = opened;
    const random = randomStream(createKey(seed).fold('draws'));
    return {
      kind: 'encoder',
      ...(await takeTurns(timed('ours'), peerFailed === undefined ? timed('theirs') : undefined, { pace, random, reporter })),
      ...(error === undefined ? {} : { error }),
      ...(peerFailed === undefined ? {} : { peerFailed }),
      versions: [`${peer} ${packagesOf[peer][peer]}`, `Longspan's build for ${opened.instructions}`, `Chromium ${browser.version()}`],
    };
  } finally {
    await browser.close();
    await site.close();
    bundled.remove();
  }
}
