import { createKey } from '@longspan/core-tensor/key';
import type { TextWindow } from '@longspan/models/documents';
import { alternate, columnsOf } from '../../figures/alternate.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { sentenceEncoder, sentenceEncoderFolder } from '../../models/text-models.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { bookChapters } from '../../text/chapters.ts';
import { contestOf } from '../kernels/contest.ts';
import { timing } from '../peers/peer.ts';
import { openGraph } from './graph.ts';
import { type HandedIndex, openIndexer } from './indexer.ts';
import type { GraphFigures, GraphInput } from './input.ts';
import { sentencesOf, sentenceVectors } from './sentence-vectors.ts';

/** A feature of a vector of length 1: float32 sums in another order, through two layers. */
const tolerance = 1e-4;

/** Windows that one call of the graph reads: as many tokens as ours reads at once. */
const windowsAtOnce = 16;

/**
 * The chapters' tokens to the vectors of their sentences and paragraphs, by `createIndex`, and by tfjs's own run of the graph over the same
 * windows with the same pooling after it: each in a process of its own, as its users have it, turn by turn.
 */
export async function measureGraph(input: GraphInput, reporter: Reporter): Promise<GraphFigures> {
  const { kind: _, threads, pace, ...rest } = input;
  await startBackend('wasm', 'stock');
  const model = await sentenceEncoder();
  const graph = await openGraph(sentenceEncoderFolder());
  await reporter.started();
  await reporter.progress({ done: 0, label: 'comparing the answers' });
  const indexer = await openIndexer({ ...rest, kind: 'indexer' }, model);
  try {
    const made: HandedIndex[] = [];
    for (const each of threads) made.push(await indexer.make(each));
    const { index, read, instructions } = made[0] as HandedIndex;
    const sentences = await sentencesOf(index, model.tokenizer);
    const theirsOnce = async (): Promise<Float32Array> => {
      const vectors = sentenceVectors(sentences);
      for (let at = 0; at < read.length; at += windowsAtOnce) {
        const windows = read.slice(at, at + windowsAtOnce);
        const [{ tokens: first }] = windows as [TextWindow];
        const length = first.end - first.start; // of all of them
        const values = await graph.states(windows.map(({ tokens }) => [...sentences.ids.subarray(tokens.start, tokens.end)]));
        const width = values.length / (windows.length * length);
        for (const [row, each] of windows.entries()) {
          vectors.add(each, values.subarray(row * length * width, (row + 1) * length * width), width);
        }
      }
      return vectors.finished();
    };
    const start = performance.now();
    const theirs = await theirsOnce();
    const theirsTried = (performance.now() - start) / 1000;
    const errors = made.map((one) => largestDifference(one.index.embedding.sentences.vectors, theirs));
    const worst = errors.find((error) => !(error <= tolerance));
    if (worst !== undefined) throw new Error(`wrong answer: vectors of sentences are ${worst} apart, ${tolerance} at most is rounding`);

    const ofGraph = { tried: theirsTried, times: timing(theirsOnce) };
    const ours = threads.map((each, at) => indexer.side(each, (made[at] as HandedIndex).seconds));
    const rounds = await alternate([ofGraph, ...ours], pace, 1, (done) =>
      reporter.progress({ done, label: `${Math.round(done * 100)} % of the rounds` }),
    );
    const [base, ...heads] = columnsOf(rounds, 1 + threads.length) as [number[], ...number[][]];
    const random = randomStream(createKey(input.seed).fold('draws'));
    const contests = heads.map((head) => contestOf(base, head, random));
    return {
      kind: 'graph',
      chapters: bookChapters(input.chapters).starts.length - 1,
      tokens: sentences.ids.length,
      windows: read.length,
      theirs: (contests[0] as (typeof contests)[number]).base,
      ours: contests.map(({ head: time, ratio }, at) => ({ threads: threads[at] as number, time, ratio, error: errors[at] as number })),
      instructions,
    };
  } finally {
    indexer.close();
    graph.dispose();
  }
}

/** Infinite where they are of different lengths, NaN where a number is none. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] as number))), 0);
}
