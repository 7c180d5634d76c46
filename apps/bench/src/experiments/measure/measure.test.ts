import { describe, expect, it } from 'vitest';
import { checksOutcome, someLine, someRun, sweepOutcomes, trainOutcome } from '../../../test/some-run.ts';
import type { Outcome, Point } from '../../run/experiment.ts';
import type { BookFigures, BookInput } from './input.ts';
import { measure } from './measure.ts';

const failedPart = { name: 'forward', error: 1, share: 900, tolerance: { atol: 1e-3, rtol: 0 } } as const;
const wrong = checksOutcome(someLine, { ...someLine, parts: [failedPart] });

describe('headline', () => {
  it('says first what dense and Longspan took on the text, in time and memory', () => {
    const [first] = measure.headline(someRun());
    expect(first).toBe(
      'On the first 2,048 bytes of Moby-Dick, causal attention over a window of 256, 4 heads of 64: one forward pass takes stock tfjs (dense) ' +
        '2.44 s and 218 MB, Longspan 308 ms and 18.4 MB: 7.92 times less time, 11.8 times less memory.',
    );
  });

  it('says where dense stopped and how far Longspan went, then growth, checks and model', () => {
    expect(measure.headline(someRun()).slice(1)).toEqual([
      'Forward and backward over 1,024 bytes, dense takes 3.00 s and 54.5 MB, Longspan 600 ms and 9.22 MB: 5.00 times less time, 5.92 times less memory.',
      'At 4,096 bytes dense is over its 6 s budget; Longspan runs 8,192 in 1.23 s and 73.7 MB, because it visits 3.9 % of the blocks.',
      'Time grows as n^2.00 for dense (1,024 to 2,048) and as n^1.00 for Longspan (1,024 to 8,192).',
      'All 1 mechanisms gave the numbers of plain reference code on this text, gradients included. The worst: backward of ' +
        'slidingWindow({ left: 70, right: 0 }).and(causal()), off by 2.2e-6, 2.0 % of what is allowed (1.0e-4 + 1.0e-4·|x|).',
      'A byte-level model with causal window attention, trained for 50.2 s on Moby-Dick, needs 3.05 bits per character on held-out chapters ' +
        '(unigram 4.46, bigram 3.52, gzip 3.24).',
    ]);
  });

  it('says how many packages were checked', () => {
    const [words] = measure.headline(someRun([checksOutcome(someLine, { ...someLine, package: 'reversible' })]));
    expect(words).toContain('All 2 mechanisms of 2 packages gave the numbers of plain reference code on this text');
  });

  it('is empty before anything is known', () => expect(measure.headline(someRun([]))).toEqual([]));

  it('names a failed check loudly', () => {
    expect(measure.headline(someRun([wrong]))).toEqual([
      `1 of 2 mechanisms did NOT give the numbers of plain reference code: ${someLine.mechanism}.`,
    ]);
  });
});

describe('tables', () => {
  const titled = (title: string, outcomes?: readonly Outcome<BookFigures>[]) =>
    measure.tables(someRun(outcomes)).find((table) => table.title === title);

  it('have one row per length, with the reason where there is no figure', () => {
    const rows = titled('Forward')?.rows ?? [];
    expect(rows.length).toBe(4);
    expect(rows[2]?.slice(0, 6)).toEqual([
      '4,096',
      'over its 6 s budget',
      '616 ms (600 ms to 632 ms)',
      '–',
      '–',
      '36.9 MB (36.9 MB to 36.9 MB)',
    ]);
    expect(rows[3]?.[1]).toBe('not tried: 4,096 tokens already went over the budget');
    expect(titled('Forward and backward')?.rows[1]?.[1]).toBe('failed: RuntimeError: memory access out of bounds');
  });

  it('have the checks of each package apart', () => {
    const failed = { ...someLine, package: 'reversible', mechanism: 'recompute', parts: [], failure: 'out of memory' };
    const outcomes = [checksOutcome(someLine, failed, { ...someLine, mechanism: 'strided({ stride: 18 })' })];
    const checks = (name: string) => titled(`Checks against plain reference code: ${name}`, outcomes);
    expect(checks('attention-sparse')?.rows.map(([mechanism]) => mechanism)).toEqual([someLine.mechanism, 'strided({ stride: 18 })']);
    expect(checks('reversible')?.rows).toEqual([['recompute', 'denseAttention', '–', '–', '–', '–', 'FAILED: out of memory']]);
    expect(['attention-sparse', 'reversible'].map((name) => checks(name)?.note.split(',')[0])).toEqual([
      '2 of attention-sparse',
      '1 of reversible',
    ]);
  });
});

describe('what is run', () => {
  const options = { seed: 0, full: false, flags: {} };
  const partsOf = (flags: Record<string, string | true>) => [...new Set(measure.points({ ...options, flags }).map(({ part }) => part))];
  const skipped = (point: Point<BookInput> | undefined, ...outcomes: readonly Outcome<BookFigures>[]) =>
    point && measure.skip?.(point, someRun(outcomes));

  it('is all parts in their order, or those of --only', () => {
    expect(partsOf({})).toEqual(['checks', 'sweep', 'train']);
    expect(partsOf({ only: 'sweep,train' })).toEqual(['sweep', 'train']);
  });

  it('is nothing after a check that failed, which makes the run a failure', () => {
    const [checks, first] = measure.points(options);
    expect(skipped(checks)).toBeUndefined();
    expect(skipped(first, checksOutcome(someLine))).toBeUndefined();
    expect(skipped(first, wrong)).toBe('nothing is timed on wrong numbers');
    expect(skipped(first, { point: 'checks', wallSeconds: 1, ending: { kind: 'failed', error: 'no' } })).toBe(
      'nothing is timed on wrong numbers',
    );
    expect(measure.faults?.(someRun([wrong]))).toEqual(['a check failed, so nothing was timed']);
    expect(measure.faults?.(someRun())).toEqual([]);
  });

  it('is not a length after one that went over its budget', () => {
    const dense = measure.points(options).find(({ name }) => name === 'dense, forward, 16,384 tokens, round 1');
    expect(skipped(dense, ...sweepOutcomes)).toBe('4,096 tokens already went over the budget');
  });

  it('is said as soon as it is known: the checks, the first pair, the model', () => {
    const news = (point: string) => measure.news?.(someRun([checksOutcome(someLine), ...sweepOutcomes, trainOutcome]), point) ?? [];
    expect(news('checks').length).toBe(1);
    expect(news('window, forward, 2,048 tokens, round 1')[0]).toMatch(/^On the first 2,048 bytes of Moby-Dick/);
    expect(news('window, forward, 2,048 tokens, round 2')).toEqual([]);
    expect(news('train').at(-1)).toBe('  what it writes after “…It was the whale, ”:\n\n    and the ```sea``` <b> was & said');
  });
});
