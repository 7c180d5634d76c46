import { createKey } from '@longspan/core-tensor/key';
import { createIndex, type DocumentIndex, embedTexts, indexFile, openIndex, search, updateIndex } from '@longspan/models/documents';

import { estimate } from '../../figures/pairs.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { sentenceEncoder } from '../../models/text-models.ts';
import { startLongspan } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { bookChapters } from '../../text/chapters.ts';
import type { IndexFigures, IndexInput } from './input.ts';

/** An index of the book is made, asked, edited, and opened again; what it finds after an edit and from its file is checked. */
export async function measureIndex(input: IndexInput, reporter: Reporter): Promise<IndexFigures> {
  const { chapters, window, threads, instructions, questions, rounds, seed } = input;
  const registration = await startLongspan({ threads, ...(instructions && { instructions }) });
  if (registration.threads !== threads) throw new Error(`Longspan has ${registration.threads} threads: ${registration.threadsReason}`);
  const model = await sentenceEncoder();
  await reporter.started();
  const { text } = bookChapters(chapters);
  let told = Promise.resolve();
  const progress = ({ stage, done, total }: { readonly stage: string; readonly done: number; readonly total: number }): void => {
    if (stage === 'read') told = reporter.progress({ done: (0.8 * done) / total, label: `${done} of ${total} windows` });
  };
  const start = performance.now();
  const index = await createIndex(text, model, { ...window, locale: 'en', progress });
  const seconds = (performance.now() - start) / 1000;
  await told;
  await search(index, questions[0] as string); // the words are indexed at the first search

  const asked: number[] = [];
  const passes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const question of questions) {
      const pass = await secondsOf(() => embedTexts([question], model));
      asked.push(Math.max(0, (await secondsOf(() => search(index, question))) - pass));
      passes.push(pass);
    }
  }
  const edits: number[] = [];
  let editWindows = 0;
  for (let round = 0; round < rounds; round++) {
    const edited = edit(text, (round + 0.5) / rounds);
    let changed: DocumentIndex | undefined;
    edits.push(
      await secondsOf(async () => {
        changed = await updateIndex(index, edited);
      }),
    );
    editWindows = Math.max(editWindows, (changed as DocumentIndex).read.length);
    await reporter.progress({ done: 0.8 + (0.1 * (round + 1)) / rounds, label: `${round + 1} of ${rounds} edits` });
  }
  const file = indexFile(index);
  const begin = performance.now();
  const opened = openIndex(file, model);
  const found = await search(opened, questions[0] as string);
  const reopen = (performance.now() - begin) / 1000;
  const same = await search(index, questions[0] as string);
  if (JSON.stringify(found) !== JSON.stringify(same))
    throw new Error('wrong answer: an index from its file must find what it found before');
  registration.unregister();
  const random = randomStream(createKey(seed).fold('draws'));
  return {
    kind: 'index',
    characters: text.length,
    paragraphs: index.embedding.paragraphs.count,
    seconds,
    windows: index.read.length,
    question: estimate(asked, random),
    encoder: estimate(passes, random),
    edit: estimate(edits, random),
    editWindows,
    fileBytes: file.length,
    reopen,
  };
}

/** A word is put into the paragraph at that share of the text. */
function edit(text: string, share: number): string {
  const paragraph = text.indexOf('\n\n', Math.floor(share * text.length)) + 2;
  const word = text.indexOf(' ', paragraph);
  return `${text.slice(0, word)} otherwise${text.slice(word)}`;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
