import { expect, it } from 'vitest';
import { someMachine as machine } from '../../../test/some-run.ts';
import type { Outcome } from '../../run/experiment.ts';
import { book } from './book.ts';
import type { BookFigures, CurvePoint } from './input.ts';
import { bookPoint } from './points.ts';

const point = (step: number, bits: number, theirs?: number): CurvePoint => ({
  step,
  flops: step * 1e11,
  ours: { seconds: step * 2, bits },
  ...(theirs === undefined ? {} : { theirs: { seconds: step, bits: theirs } }),
});
const outcome = (figures: Partial<BookFigures>): Outcome<BookFigures> => ({
  point: bookPoint,
  wallSeconds: 1,
  ending: {
    kind: 'done',
    result: {
      parameters: 3_200_000,
      steps: 20,
      bytesPerStep: 2048,
      trainingBytes: 1_087_419,
      heldOutBytes: 129_159,
      lastBytes: 129_158,
      curve: [point(10, 4, 4.1), point(20, 3, 3.05)],
      last: point(20, 3.01, 3),
      versions: ['PyTorch 2'],
      ...figures,
    },
  },
});
const findings = (of: Outcome<BookFigures>, flags: Record<string, string> = { python: 'python3' }) => ({
  options: { seed: 0, full: false, flags },
  machine,
  outcomes: [of],
});

it('has both curves, and where they end', () => {
  const [table] = book.tables(findings(outcome({})));
  expect(table?.rows).toEqual([
    ['10', '1.00', '4.000', '4.100', '20.0 s', '10.0 s'],
    ['20', '2.00', '3.000', '3.050', '40.0 s', '20.0 s'],
    ['20, at the end', '2.00', '3.010', '3.000', '40.0 s', '20.0 s'],
  ]);
  expect(book.plots?.(findings(outcome({}))).map(({ lines }) => lines.map(({ name, dots }) => [name, dots[1]]))).toEqual([
    [
      ['Longspan', { x: 2, y: 3 }],
      ['PyTorch', { x: 2, y: 3.05 }],
    ],
    [
      ['Longspan', { x: 40, y: 3 }],
      ['PyTorch', { x: 20, y: 3.05 }],
    ],
  ]);
});

it('says whether the bits of PyTorch are reached by the same operations', () => {
  expect(book.headline(findings(outcome({})))[0]).toContain('Longspan stands at 3.010 bits per byte and PyTorch at 3.000: reached');
  expect(book.headline(findings(outcome({ last: point(20, 3.04, 3) })))[0]).toContain(': not reached');
});

it('is of ours alone where there is no Python', () => {
  const alone = findings(outcome({ curve: [point(20, 3)], last: point(20, 3.01) }), {});
  expect(book.tables(alone)[0]?.rows[1]).toEqual(['20, at the end', '2.00', '3.010', '–', '40.0 s', '–']);
  expect(book.headline(alone)).toEqual(['3.010 bits per byte of held-out text after 2.00 · 10^12 operations, in 40.0 s.']);
});
