import { writeFile } from 'node:fs/promises';
import { createIndex, type DocumentIndex, indexFile, type TextModel } from '@longspan/models/documents';
import { sentenceEncoder } from '../../models/text-models.ts';
import { answerQuestions } from '../../process/second-process.ts';
import { startLongspan } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { bookChapters } from '../../text/chapters.ts';
import { kernelSwap } from '../kernels/swap-kernels.ts';
import { timing } from '../peers/peer.ts';
import type { IndexerAnswer, IndexerQuestion } from './indexer.ts';
import type { IndexerInput } from './input.ts';

/** The process of `openIndexer`. */
export async function serveIndexer({ chapters, window, instructions }: IndexerInput, reporter: Reporter): Promise<never> {
  const options = instructions === undefined ? {} : { instructions };
  (await startLongspan({ ...options, threads: 2 })).unregister(); // in memory that threads share
  const swap = kernelSwap(options);
  const model = withKeptTokens(await sentenceEncoder());
  const { text } = bookChapters(chapters);
  const make = (): Promise<DocumentIndex> => createIndex(text, model, { ...window, locale: 'en' });
  await swap.ours(2);
  await make(); // its tokens are kept
  const answer = async (question: IndexerQuestion): Promise<IndexerAnswer> => {
    await swap.ours(question.threads);
    if ('runs' in question) return timing(make)(question.runs);
    const start = performance.now();
    const index = await make();
    const seconds = (performance.now() - start) / 1000;
    await writeFile(question.path, indexFile(index));
    return { instructions: swap.instructions(), seconds, read: index.read };
  };
  return answerQuestions(reporter, async (question) => JSON.stringify(await answer(JSON.parse(question) as IndexerQuestion)));
}

/** The same model, whose tokenizer remembers what it made of a text: the work begins with tokens. */
function withKeptTokens<Model extends TextModel>(model: Model): Model {
  const { tokenizer } = model;
  const known = new Map<string, ReturnType<typeof tokenizer.encode>>();
  return {
    ...model,
    tokenizer: {
      ...tokenizer,
      encode(text: string) {
        const kept = known.get(text) ?? tokenizer.encode(text);
        known.set(text, kept);
        return kept;
      },
    },
  };
}
