import { createKey } from '@longspan/core-tensor/key';
import { createIndex, type DocumentIndex, type TextModel, type TextWindow } from '@longspan/models/documents';
import { alternate, columnsOf, type Timed } from '../../figures/alternate.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { sentenceEncoder, sentenceEncoderFolder } from '../../models/text-models.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { bookChapters } from '../../text/chapters.ts';
import { contestOf } from '../kernels/contest.ts';
import { kernelSwap } from '../kernels/swap-kernels.ts';
import { timing } from '../peers/peer.ts';
import { openGraph } from './graph.ts';
import type { GraphFigures, GraphInput } from './input.ts';
import { sentencesOf, sentenceVectors } from './sentence-vectors.ts';

/** A feature of a vector of length 1: float32 sums in another order, through two layers. */
const tolerance = 1e-4;

/** Windows that one call of the graph reads: as many tokens as ours reads at once. */
const windowsAtOnce = 16;

/**
 * The chapters' tokens to the vectors of their sentences and paragraphs, by `createIndex`, and by tfjs's own run of the graph over the same
 * windows with the same pooling after it: each on its own kernels, on one backend, turn by turn.
 */
export async function measureGraph(input: GraphInput, reporter: Reporter): Promise<GraphFigures> {
  const { chapters, window, threads, instructions, pace, seed } = input;
  const swap = kernelSwap(instructions === undefined ? {} : { instructions });
  await startBackend('wasm', 'stock');
  const model = await sentenceEncoder();
  const graph = await openGraph(sentenceEncoderFolder());
  await reporter.started();
  const { text, starts } = bookChapters(chapters);
  const tokenized = withKeptTokens(model);
  const make = (progress?: (share: number) => void): Promise<DocumentIndex> =>
    createIndex(text, tokenized, {
      ...window,
      locale: 'en',
      ...(progress && { progress: ({ stage, done, total }) => stage === 'read' && progress(done / total) }),
    });

  await reporter.progress({ done: 0, label: 'comparing the answers' });
  await swap.ours(threads[0] as number);
  await make(); // its tokens are kept
  const oursTried: { readonly index: DocumentIndex; readonly seconds: number }[] = [];
  for (const each of threads) {
    await swap.ours(each);
    const start = performance.now();
    oursTried.push({ index: await make(), seconds: (performance.now() - start) / 1000 });
  }
  const { index } = oursTried[0] as (typeof oursTried)[number];
  const sentences = await sentencesOf(index, tokenized.tokenizer);
  const { ids } = sentences;
  const theirsOnce = async (): Promise<Float32Array> => {
    const vectors = sentenceVectors(sentences);
    for (let at = 0; at < index.read.length; at += windowsAtOnce) {
      const windows = index.read.slice(at, at + windowsAtOnce);
      const length = (windows[0] as TextWindow).tokens.end - (windows[0] as TextWindow).tokens.start;
      const values = await graph.states(windows.map(({ tokens }) => [...ids.subarray(tokens.start, tokens.end)]));
      const width = values.length / (windows.length * length);
      for (const [row, each] of windows.entries()) vectors.add(each, values.subarray(row * length * width), width);
    }
    return vectors.finished();
  };
  await swap.stock();
  const start = performance.now();
  const theirs = await theirsOnce();
  const theirsTried = (performance.now() - start) / 1000;
  const errors = oursTried.map((one) => largestDifference(one.index.embedding.sentences.vectors, theirs));
  const worst = errors.find((error) => !(error <= tolerance));
  if (worst !== undefined) throw new Error(`wrong answer: vectors of sentences are ${worst} apart, ${tolerance} at most is rounding`);

  const side = (takeOver: () => Promise<void>, run: () => Promise<unknown>, tried: number): Timed => ({
    tried,
    times: async (runs) => {
      await takeOver();
      return timing(run)(runs);
    },
  });
  const rounds = await alternate(
    [
      side(() => swap.stock(), theirsOnce, theirsTried),
      ...threads.map((each, at) => side(() => swap.ours(each), make, (oursTried[at] as (typeof oursTried)[number]).seconds)),
    ],
    pace,
    1,
    (done) => reporter.progress({ done, label: `${Math.round(done * 100)} % of the rounds` }),
  );
  const [base, ...heads] = columnsOf(rounds, 1 + threads.length) as [number[], ...number[][]];
  const random = randomStream(createKey(seed).fold('draws'));
  const contests = heads.map((head) => contestOf(base, head, random));
  const built = swap.instructions();
  await swap.stock();
  graph.dispose();
  return {
    kind: 'graph',
    chapters: starts.length - 1,
    tokens: ids.length,
    windows: index.read.length,
    theirs: (contests[0] as (typeof contests)[number]).base,
    ours: contests.map(({ head: time, ratio }, at) => ({ threads: threads[at] as number, time, ratio, error: errors[at] as number })),
    instructions: built,
  };
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

/** Infinite where they are of different lengths, NaN where a number is none. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] as number))), 0);
}
