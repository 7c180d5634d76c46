import { describe, expect, it } from 'vitest';
import { someMachine as machine } from '../../../test/some-run.ts';
import type { ExperimentOptions, Outcome } from '../../run/experiment.ts';
import type { MemoryFigures, PeerStepFigures, TrainingFigures } from './input.ts';
import { memoryPoint, peerPoint, stockPoint } from './points.ts';
import { training } from './training.ts';

const options = { seed: 0, full: false, flags: { python: 'python3' } } satisfies ExperimentOptions;
const estimate = (median: number) => ({ median, low: median, high: median, rounds: 9 });
const done = (point: string, result: TrainingFigures): Outcome<TrainingFigures> => ({
  point,
  wallSeconds: 1,
  ending: { kind: 'done', result },
});
const findings = (outcomes: readonly Outcome<TrainingFigures>[], of: ExperimentOptions = options) => ({ options: of, machine, outcomes });

const step = (ratio: number): PeerStepFigures => ({
  kind: 'peer step',
  ratio: { ratio, low: ratio * 0.99, high: ratio * 1.01, rounds: 9 },
  theirs: estimate(1),
  ours: estimate(ratio),
  parts: { linearAtPeak: 0.4, attentionAtPeak: 0.2, gradients: 1, whole: ratio },
  apart: { loss: 1e-7, gradients: 5e-6, weights: 1e-5 },
  versions: ['PyTorch 2', 'a build'],
});
const memory = (peakBytes: number, loss = 5.7): MemoryFigures => ({
  kind: 'memory',
  peakBytes,
  residentBytes: peakBytes,
  beforeBytes: 1,
  seconds: 2,
  loss,
});

describe('steps', () => {
  it('are held against what they must take, and taken apart', () => {
    const [table, parts] = training.tables(findings([done(peerPoint('a window of 512'), step(1.25))]));
    expect(table?.rows[1]?.slice(4)).toEqual(['at most 1.2x its time', '1.25x (1.24x to 1.26x)', 'missed']);
    expect(table?.note).toContain('losses at most 1.0e-7 apart, gradients 5.0e-6 and the weights after it 1.0e-5');
    expect(parts?.title).toBe('Where a step goes, a window of 512');
    expect(parts?.rows.map(([, ...cells]) => cells)).toEqual([
      ['400 ms', '32 %', '0.40x'],
      ['200 ms', '16 %', '0.20x'],
      ['400 ms', '32 %', '0.40x'],
      ['250 ms', '20 %', '0.25x'],
      ['1.25 s', '100 %', '1.25x'],
    ]);
  });

  it('beside stock tfjs are how many times its time ours takes', () => {
    const figure = { ratio: 50, low: 40, high: 60, rounds: 9 };
    const outcome = done(stockPoint('all bytes before'), { kind: 'stock step', measured: { figure, base: '50 s', head: '1 s' } });
    expect(training.tables(findings([outcome]))[0]?.rows[2]?.slice(2)).toEqual([
      '50 s',
      '1 s',
      '–',
      '0.02x (0.02x to 0.03x)',
      'for comparison',
    ]);
  });

  it('need a Python, or the table says so', () => {
    const alone = { ...options, flags: {} };
    expect(training.tables(findings([], alone))[0]?.rows[0]?.at(-1)).toBe('not measured: --python was not given');
    expect(training.points(alone).some(({ input }) => input.kind === 'peer step')).toBe(false);
    expect(training.points(options).filter(({ input }) => input.kind === 'peer step')).toHaveLength(2);
  });
});

describe('memory', () => {
  const outcomes = [done(memoryPoint('plain'), memory(400e6)), done(memoryPoint('recompute'), memory(100e6))];

  it('is a share of the plain peak', () => {
    const table = training.tables(findings(outcomes)).at(-1);
    expect(table?.rows.find(([way]) => way === 'recompute')).toEqual(['recompute', '100 MB', '25 %', '100 MB', '2.00 s', '5.7000']);
    expect(training.headline(findings(outcomes)).join(' ')).toContain('The least memory: recompute, 100 MB');
  });

  it('of ways that may change no number is a fault where they do', () => {
    expect(training.faults?.(findings(outcomes))).toEqual([]);
    const wrong = [...outcomes, done(memoryPoint('chunked loss'), memory(300e6, 5.8))];
    expect(training.faults?.(findings(wrong))).toEqual(['memory: the loss of chunked loss is 5.8, that of plain 5.7']);
  });
});
