import { describe, expect, it } from 'vitest';
import type { Findings, Outcome } from '../../run/experiment.ts';
import type { EncoderFigures, ModelsFigures } from './input.ts';
import { models } from './models.ts';
import { bookName, longformerName, productsName, readingName, rowsOf } from './rows.ts';
import { sizesOf } from './sizes.ts';

const options = { seed: 0, full: true, flags: { python: 'python3' } };
const machine = { cpu: '', cores: 2, memoryBytes: 0, system: '', node: '', tfjs: {}, commit: '', dirty: false, load: 0 };
const done = (point: string, result: ModelsFigures): Outcome<ModelsFigures> => ({
  point,
  wallSeconds: 1,
  ending: { kind: 'done', result },
});
const findings = (...outcomes: Outcome<ModelsFigures>[]): Findings<ModelsFigures> => ({ options, machine, outcomes });
const rowOf = (found: Findings<ModelsFigures>, work: string): readonly string[] | undefined =>
  models
    .tables(found)[0]
    ?.rows.find(([name]) => name === work)
    ?.slice(1);

const estimate = (median: number) => ({ median, low: median, high: median, rounds: 7 });
const beside = (ratio: number): EncoderFigures => ({
  kind: 'encoder',
  ours: estimate(ratio),
  duel: { theirs: estimate(1), ratio: { ratio, low: ratio - 0.01, high: ratio + 0.01, rounds: 7 } },
  error: 2e-6,
  peakBytes: 1.5e9,
  versions: ['PyTorch 2'],
});
const { longformer } = sizesOf(options);
const name = (tokens: number, precision: string): string => longformerName(longformer, tokens, precision);

describe('the table of checkpoints at work', () => {
  it('holds times beside PyTorch, errors and memory', () => {
    const found = findings(
      done(name(4096, 'float32'), beside(0.9)),
      done(name(4096, 'int8'), beside(0.7)),
      done(name(4096, 'float16'), beside(1.1)),
    );
    const sides = ['PyTorch, float32', '1.00 s (1.00 s to 1.00 s)', '900 ms (900 ms to 900 ms)'];
    const tail = ['2.0e-6', '1.50 GB'];
    expect(rowOf(found, name(4096, 'float32'))).toEqual([...sides, 'at most 1x its time', '0.90x (0.89x to 0.91x)', ...tail, 'met']);
    expect(rowOf(found, name(4096, 'int8'))?.slice(3)).toEqual(['at most 0.6x its time', '0.70x (0.69x to 0.71x)', ...tail, 'missed']);
    expect(rowOf(found, name(4096, 'float16'))?.slice(3)).toEqual(['below 2.15 GB', '1.50 GB', ...tail, 'met']);
    expect(models.headline(found)[0]).toBe('2 of 3 targets are met.');
  });

  it("keeps a side that failed in its row, with ours and its own error's first line", () => {
    const failed: EncoderFigures = {
      kind: 'encoder',
      ours: estimate(3),
      peerFailed: 'OrtRun in /of/theirs/alloc.cc: no memory\nmore',
      versions: [],
    };
    const { name: one } = rowsOf(options).find(
      ({ input }) => input.kind === 'encoder' && input.where === 'Chromium' && input.batch.texts === 1,
    ) ?? { name: '' };
    expect(rowOf(findings(done(one, failed)), one)).toEqual([
      'onnxruntime-web',
      '–',
      '3.00 s (3.00 s to 3.00 s)',
      'at least 3x as fast',
      '–',
      '–',
      '–',
      'failed: OrtRun in alloc.cc: no memory',
    ]);
  });

  it('says how the time of the book grows, once all its lengths are there', () => {
    const { book } = sizesOf(options);
    const points = book.map((tokens) =>
      done(bookName(tokens), { kind: 'book', tokens, slabs: 3, computed: tokens, seconds: tokens / 1000, peakBytes: 3.6e9 }),
    );
    const work = 'time of the book by its length';
    expect(rowOf(findings(...points), work)?.slice(3)).toEqual([
      'at most length to the power of 1.1',
      'length to the power of 1.00',
      '–',
      '–',
      'met',
    ]);
    expect(rowOf(findings(...points.slice(1)), work)?.at(-1)).toBe('not measured');
    expect(rowOf(findings(...points), bookName(book[0] as number))?.slice(3)).toEqual([
      'below 3.50 GB',
      '3.60 GB',
      '–',
      '3.60 GB',
      'missed',
    ]);
  });

  it('holds products and frames against their targets', () => {
    const ratio = { ratio: 0.4, low: 0.39, high: 0.41, rounds: 7 };
    const works = [{ name: 'all of a layer', float32: estimate(1), int8: estimate(0.4), ratio, error: 0.008 }];
    const found = findings(
      done(productsName, { kind: 'products', works, instructions: 'relaxed-simd' }),
      done(readingName, {
        kind: 'reading',
        tokens: 100_000,
        seconds: 200,
        missedShare: 0.062,
        longestGap: 0.1,
        threads: 2,
        browser: 'Chromium 1',
      }),
    );
    expect(rowOf(found, 'products in int8, all of a layer')?.slice(3)).toEqual([
      'at least 2x as fast',
      '2.50x (2.44x to 2.56x)',
      '8.0e-3',
      '–',
      'met',
    ]);
    expect(rowOf(found, `${readingName}, 100,000 tokens`)?.slice(2)).toEqual([
      '3.33 min',
      'at most 5.0 % of its frames missed',
      '6.2 % missed, 100 ms between two at most',
      '–',
      '–',
      'missed',
    ]);
  });
});

it('prepares each checkpoint once, before what needs it', () => {
  const points = models.points(options);
  const names = points.map((point) => point.name);
  for (const [at, { needs }] of points.entries()) if (needs !== undefined) expect(names.indexOf(needs)).toBeLessThan(at);
  for (const { needs } of points) if (needs !== undefined) expect(names).toContain(needs);
  expect(names.filter((each) => each.startsWith('preparing'))).toHaveLength(4);
  expect(models.points({ ...options, flags: {} }).filter(({ name: each }) => each.endsWith('PyTorch'))).toHaveLength(4);
});
