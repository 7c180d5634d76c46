import { fromPretrained } from '@longspan/models';
import { longformer } from '@longspan/models/longformer';
import type { Reporter } from '../../process/work.ts';
import { savedCheckpoint } from './checkpoint.ts';
import { drawnIds } from './drawn-ids.ts';
import type { BookFigures, BookInput } from './input.ts';
import { readInSlabs } from './read-in-slabs.ts';
import { startOnThreads } from './start-on-threads.ts';

/** A text as long as a book through a Longformer, in slabs: once, for it takes long. */
export async function measureBook(input: BookInput, reporter: Reporter): Promise<BookFigures> {
  const { checkpoint, tokens, slabLength, seed, instructions } = input;
  const registration = await startOnThreads(instructions);
  await reporter.started();
  await reporter.progress({ done: 0, label: 'reading the checkpoint' });
  const folder = await savedCheckpoint(checkpoint);
  const { model, parameters, config, dispose } = await fromPretrained(folder, { family: longformer, head: 'model' });
  const ids = drawnIds(tokens, checkpoint.size.vocabulary, seed);
  const hidden = new Float32Array(tokens * checkpoint.size.width); // all of them at the end: what the work is for
  const start = performance.now();
  const slabs = await readInSlabs({ model, parameters, config }, ids, slabLength, async (given, slab, done) => {
    hidden.set((await given.data()) as Float32Array, slab.from * checkpoint.size.width);
    await reporter.progress({ done, label: `${slab.to} of ${tokens} tokens` });
  });
  const seconds = (performance.now() - start) / 1000;
  dispose();
  registration.unregister();
  if (!hidden.every(Number.isFinite)) throw new Error('wrong answer: a number is none, or infinite');
  return {
    kind: 'book',
    tokens,
    slabs: slabs.length,
    computed: slabs.reduce((sum, { readFrom, readTo }) => sum + readTo - readFrom, 0),
    seconds,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}
