import { fromPretrained } from '@longspan/models';
import { longformer } from '@longspan/models/longformer';
import type { Instructions } from '@longspan/wasm-backend';
import { readInSlabs } from '../read-in-slabs.ts';
import { startInPage } from './start-in-page.ts';

/** What the page asks for. */
export interface ReadingRequest {
  readonly ids: Int32Array;
  readonly slabLength: number;
  readonly instructions?: Instructions;
}

/** What the worker says: that it begins, how far it is, and that it is done. */
export type ReadingNews =
  | { readonly kind: 'begins'; readonly threads: number }
  | { readonly kind: 'slab'; readonly done: number }
  | { readonly kind: 'done'; readonly seconds: number }
  | { readonly kind: 'failed'; readonly error: string };

const say = (news: ReadingNews): void => self.postMessage(news);

async function read({ ids, slabLength, instructions }: ReadingRequest): Promise<void> {
  const registration = await startInPage(instructions === undefined ? {} : { instructions });
  const reader = await fromPretrained(new URL('/checkpoint/', location.href).href, { family: longformer, head: 'model' });
  say({ kind: 'begins', threads: registration.threads });
  const start = performance.now();
  await readInSlabs(reader, ids, slabLength, async (hidden, _, done) => {
    const [first] = await hidden.data();
    if (!Number.isFinite(first)) throw new Error('wrong answer: a number is none, or infinite');
    say({ kind: 'slab', done });
  });
  say({ kind: 'done', seconds: (performance.now() - start) / 1000 });
}

self.addEventListener('message', ({ data }: MessageEvent<ReadingRequest>) => {
  read(data).catch((error: unknown) => say({ kind: 'failed', error: error instanceof Error ? error.message : String(error) }));
});
