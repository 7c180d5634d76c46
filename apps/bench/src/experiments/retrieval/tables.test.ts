import { describe, expect, it } from 'vitest';
import { someMachine as machine } from '../../../test/some-run.ts';
import type { ExperimentOptions, Outcome } from '../../run/experiment.ts';
import { defaultWeight, type Ranks, type RetrievalFigures, type Vectors, weights } from './input.ts';
import { systems, wordsName } from './points.ts';
import { retrieval } from './retrieval.ts';
import { chosenWeight } from './tables.ts';

const options = { seed: 0, full: true, flags: { minilm: 'a folder' } } satisfies ExperimentOptions;
const done = (point: string, result: RetrievalFigures): Outcome<RetrievalFigures> => ({
  point,
  wallSeconds: 1,
  ending: { kind: 'done', result },
});
const findings = (outcomes: readonly Outcome<RetrievalFigures>[]) => ({ options, machine, outcomes });
const ranks = (values: readonly number[]): Ranks => ({ book: values, chapter: values.map(() => 1) });

/** Every other query finds its paragraph at once where the share is `best`, else in the second place. */
const vectors = (best: number, name = 'one way'): Vectors => ({
  name,
  alone: ranks([0.5, 0.25, 0.5, 0.25]),
  fused: weights.map((weight) => ranks(weight === best ? [1, 0.5, 1, 0.75] : [0.5, 0.5, 0.5, 0.5])),
});

const words: RetrievalFigures = { kind: 'words', queries: 4, paragraphs: 20, chapters: 3, ranks: ranks([0.1, 0.2, 0.3, 0.2]) };
const outcomes = [
  done(wordsName, words),
  done(systems[0]?.name ?? '', { kind: 'vectors', tokens: 1000, cut: 2, vectors: [vectors(defaultWeight), vectors(0.5, 'another')] }),
];

describe('bench retrieval', () => {
  it('measures all systems, those of MiniLM where its folder is given', () => {
    expect(retrieval.points(options).map(({ name }) => name)).toEqual([wordsName, ...systems.map(({ name }) => name)]);
    const without = retrieval.points({ ...options, flags: {} }).map(({ name }) => name);
    expect(without).toEqual([wordsName, ...systems.filter(({ model }) => model === 'USE lite').map(({ name }) => name)]);
  });

  it('tells means with their errors, alone and with BM25, and what was measured elsewhere', () => {
    const [table] = retrieval.tables(findings(outcomes));
    expect(table?.rows[0]).toEqual(['BM25', '0.200 ± 0.041', '–', '1.000 ± 0.000', '–', '–', '0.284', '–']);
    expect(table?.rows[1]).toEqual([
      'USE lite, lone paragraphs cut at 128 tokens: one way',
      ...['0.375 ± 0.072', '0.813 ± 0.120', '1.000 ± 0.000', '1.000 ± 0.000', '1,000', '0.226', '–'],
    ]);
    expect(table?.rows[2]?.[2]).toBe('0.500 ± 0.000');
    expect(table?.rows.at(-1)?.[1]).toBe('not measured');
    expect(table?.note).toContain('4 sentences');
  });

  it('chooses the share of the vectors by one half of the queries and judges it by the other', () => {
    expect(chosenWeight(vectors(0.5))).toEqual({ weight: 0.5, gain: { mean: 0.125, error: 0.125 } });
    expect(chosenWeight(vectors(defaultWeight)).gain).toEqual({ mean: 0, error: 0 });
    const table = retrieval.tables(findings(outcomes))[1];
    expect(table?.head).toHaveLength(weights.length + 3);
    expect(table?.rows[1]?.slice(-2)).toEqual(['0.5', '0.125 ± 0.125']);
  });

  it('says first what finds most', () => {
    expect(retrieval.headline(findings(outcomes))[0]).toMatch(/^Best with BM25: USE lite, lone .*: one way, 0\.813/);
    expect(retrieval.headline(findings([]))).toEqual([]);
  });
});
