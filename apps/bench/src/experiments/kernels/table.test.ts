import { expect, it } from 'vitest';
import type { Findings, Outcome } from '../../run/experiment.ts';
import type { KernelFigures, Measured } from './input.ts';
import { kernels } from './kernels.ts';

const machine = { cpu: '', cores: 2, memoryBytes: 0, system: '', node: '', tfjs: {}, commit: '', dirty: false, load: 0 };
const measured = (ratio: number): Measured => ({
  figure: { ratio, low: ratio * 0.99, high: ratio * 1.01, rounds: 9 },
  base: '40.0 GF/s peak',
  head: '20.0 GF/s',
});
const profile = {
  how: 'The peak is a loop.',
  parts: [
    { name: 'multiply-adds', seconds: 0.01, share: 0.55, figure: 1 },
    { name: 'exponentials', seconds: 0.0102, share: 0.56, figure: 0.5 },
    { name: 'partial blocks', seconds: -0.002, share: -0.11, figure: 0.55 },
  ],
};
const done = (point: string, found: Partial<KernelFigures>): Outcome<KernelFigures> => ({
  point,
  wallSeconds: 1,
  ending: { kind: 'done', result: { measured: {}, profiles: {}, samples: {}, instructions: 'simd128', ...found } },
});
const findings = (...outcomes: Outcome<KernelFigures>[]): Findings<KernelFigures> => ({
  options: { seed: 0, full: false, flags: {} },
  machine,
  outcomes,
});

it('takes a missed target apart, with what the figure would be without the parts that follow', () => {
  const [, table, ...more] = kernels.tables(
    findings(
      done('rate', { measured: { forward: measured(0.55), backward: measured(0.8) }, profiles: { forward: profile, backward: profile } }),
    ),
  );
  expect(more).toEqual([]); // backward's is met
  expect(table?.title).toBe('Where the time goes: FLOP rate of forward, share of the SIMD peak');
  expect(table?.note).toMatch(/^missed: 0[.]55 \(0[.]54 to 0[.]56\), must be at least 0[.]7[.] The peak is a loop[.] Every line/);
  expect(table?.head).toEqual(['part', 'time', 'of the whole', 'figure']);
  expect(table?.rows).toEqual([
    ['multiply-adds', '10.0 ms', '55 %', '1.00'],
    ['exponentials', '10.2 ms', '56 %', '0.50'],
    ['partial blocks', '−2.00 ms', '−11 %', '0.55'],
  ]);
});

it('says which targets are missed and not taken apart, and nothing of one without a figure', () => {
  const [table, ...more] = kernels.tables(
    findings(done('forward against dense', { measured: { time: measured(20) } }), {
      point: 'rate',
      wallSeconds: 1,
      ending: { kind: 'failed', error: 'no' },
    }),
  );
  expect(more).toEqual([]);
  expect(table?.note).toMatch(/Not met, and not taken apart, .*: forward, n = 4,096, against dense as a user writes it[.]$/);
});

it('sums up what was measured, and counts the rest', () => {
  const headline = kernels.headline(findings(done('rate', { measured: { forward: measured(0.55), backward: measured(0.8) } })));
  expect(headline).toEqual([
    '1 of 2 targets are met.',
    'Missed: FLOP rate of forward, share of the SIMD peak.',
    '20 more targets were not measured.',
  ]);
});
