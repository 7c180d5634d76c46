import { describe, expect, it } from 'vitest';
import { someMachine as machine } from '../../../test/some-run.ts';
import type { ExperimentOptions, Outcome } from '../../run/experiment.ts';
import { documents } from './documents.ts';
import type { DocumentsFigures, GraphFigures } from './input.ts';
import { graphPoint, indexPoint, tokenizePoint } from './points.ts';

const options = { seed: 0, full: true, flags: {} } satisfies ExperimentOptions;
const estimate = (median: number) => ({ median, low: median * 0.9, high: median * 1.1, rounds: 5 });
const done = (point: string, result: DocumentsFigures): Outcome<DocumentsFigures> => ({
  point,
  wallSeconds: 1,
  ending: { kind: 'done', result },
});
const findings = (outcomes: readonly Outcome<DocumentsFigures>[]) => ({ options, machine, outcomes });

const ours = (threads: number, ratio: number) => ({
  threads,
  time: estimate(10 * ratio),
  ratio: { ratio, low: ratio * 0.99, high: ratio * 1.01, rounds: 5 },
  error: 2e-6,
});
const graph: GraphFigures = {
  kind: 'graph',
  chapters: 3,
  tokens: 9000,
  windows: 130,
  theirs: estimate(10),
  ours: [ours(1, 0.4), ours(2, 0.18)],
  instructions: 'relaxed-simd',
};
const index: DocumentsFigures = {
  kind: 'index',
  characters: 1_200_000,
  paragraphs: 2655,
  seconds: 50,
  windows: 3800,
  question: estimate(0.02),
  encoder: estimate(0.03),
  edit: estimate(0.99),
  editWindows: 6,
  fileBytes: 3e7,
  reopen: 0.5,
};
const tokenize = (median: number): DocumentsFigures => ({
  kind: 'tokenize',
  characters: 1_200_000,
  tokens: 300_000,
  vocabulary: 600,
  whole: estimate(median),
  streamBytes: 3e7,
});

describe('bench documents', () => {
  it('holds each work against what it must be', () => {
    const outcomes = [
      done(graphPoint, graph),
      done(tokenizePoint('WordPiece'), tokenize(1)),
      done(tokenizePoint('byte-level BPE'), tokenize(2.9)),
      done(indexPoint, index),
    ];
    const [table, graphs] = documents.tables(findings(outcomes));
    expect(graphs?.rows).toEqual([
      ["tfjs's graph, one thread", '10.0 s (9.00 s to 11.0 s)', '–', '–'],
      ['Longspan, one thread', '4.00 s (3.60 s to 4.40 s)', '2.50x (2.48x to 2.53x)', '2.0e-6'],
      ['Longspan, 2 threads', '1.80 s (1.62 s to 1.98 s)', '5.56x (5.50x to 5.61x)', '2.0e-6'],
    ]);
    expect(table?.rows.map(([, ...cells]) => cells)).toEqual([
      ['at least 5x as fast', '2.50x (2.48x to 2.53x)', 'missed'],
      ['at least 5x as fast', '5.56x (5.50x to 5.61x)', 'met'],
      ['under 3.00 s', '1.00 s (900 ms to 1.10 s)', 'met'],
      ['under 3.00 s', '2.90 s (2.61 s to 3.19 s)', 'missed'],
      ['under 50.0 ms', '20.0 ms (18.0 ms to 22.0 ms)', 'met'],
      ['under 2.0 % of the first time', '2.0 % (1.8 % to 2.2 %), 6 of 3,800 windows at most', 'missed'],
    ]);
    expect(documents.headline(findings(outcomes))[0]).toBe('3 of 6 targets are met.');
    const part = documents.tables({ ...findings(outcomes), options: { ...options, full: false } })[0];
    expect(part?.rows.slice(-2).map((row) => row.at(-1))).toEqual(['open', 'open']);
  });

  it('says of each that was not measured that it was not', () => {
    const [table] = documents.tables(findings([]));
    expect(table?.rows.map((row) => row[2])).toEqual(Array(6).fill('not measured'));
    expect(documents.headline(findings([]))).toEqual([]);
    expect(documents.points(options).map(({ input }) => input.kind)).toEqual(['tokenize', 'tokenize', 'tokenize', 'graph', 'index']);
  });
});
