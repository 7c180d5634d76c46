import { describe, expect, it } from 'vitest';
import type { Findings, Outcome } from '../../run/experiment.ts';
import { gpu } from './gpu.ts';
import type { AdapterFigures, GpuFigures, WorkFigures } from './input.ts';

const machine = { cpu: '', cores: 2, memoryBytes: 0, system: '', node: '', tfjs: {}, commit: '', dirty: false, load: 0 };
const findings = (full: boolean, ...outcomes: Outcome<GpuFigures>[]): Findings<GpuFigures> => ({
  options: { seed: 0, full, flags: {} },
  machine,
  outcomes,
});
const done = (point: string, result: GpuFigures): Outcome<GpuFigures> => ({ point, wallSeconds: 1, ending: { kind: 'done', result } });
const work = (found: Partial<WorkFigures>): WorkFigures => ({ kind: 'work', counted: [], measured: {}, notes: {}, ...found });
const card: AdapterFigures = {
  kind: 'adapter',
  adapter: { vendor: 'some', architecture: '', device: '', description: 'Some card' },
  isSoftware: false,
  features: ['timestamp-query'],
  limits: { maxBufferSize: 2 ** 30, maxTextureDimension1D: 8192 },
  kernels: ['BlockSparseAttention'],
  repairs: [],
};
const software: AdapterFigures = { ...card, isSoftware: true, untimed: 'a software adapter' };
const measured = (ratio: number) => ({ figure: { ratio, low: ratio * 0.99, high: ratio * 1.01, rounds: 9 }, base: '10 ms', head: '1 ms' });
const calls = [
  { row: 'training', side: 'tfjs-webgpu', dispatches: 2000, bytes: 5e9, flops: 3e10 },
  { row: 'training', side: 'Longspan', dispatches: 150, bytes: 1e9, flops: 1e10 },
];

describe('the table of targets', () => {
  it('holds what a card has taken against the targets, at the sizes that they are stated for', () => {
    const [targets] = gpu.tables(
      findings(true, done('adapter', card), done('forward against dense', work({ measured: { forward: measured(20) } }))),
    );
    expect(targets?.rows[0]).toEqual([
      'causal window 512, [1, 4, 4,096, 64], forward, against tfjs-webgpu dense',
      'at least 15x',
      '20.0x (19.8x to 20.2x)',
      'met',
      '10 ms',
      '1 ms',
    ]);
    expect(targets?.rows[1]?.slice(2)).toEqual(['–', 'not measured', '–', '–']);
  });

  it('has onnxruntime-web beside it where it was asked for', () => {
    const of = (found: Findings<GpuFigures>) => gpu.tables(found)[0]?.rows.filter(([work]) => work?.includes('onnxruntime-web'));
    const outcomes = [done('adapter', card), done('local window, float16', work({ measured: { 'local window, float16': measured(0.6) } }))];
    expect(of(findings(true, ...outcomes))).toEqual([
      [expect.stringContaining('forward, float32'), 'at least 1x', '–', 'not measured', '–', '–'],
      [expect.stringContaining('forward, float16'), 'at least 0.7x', '0.60x (0.59x to 0.61x)', 'missed', '10 ms', '1 ms'],
      [expect.stringContaining('global tokens, forward, float32'), 'at least 1x', '–', 'not measured', '–', '–'],
    ]);
    expect(of(findings(false, ...outcomes))?.map((row) => row[3])).toEqual(Array(3).fill('not measured: --runtime or --full has it'));
  });

  it('states no factor of a software adapter', () => {
    const outcomes = [
      done('adapter', software),
      ...['forward against dense', 'full blocks', 'linear'].map((point) => done(point, work({ untimed: 'a software adapter' }))),
    ];
    const [targets] = gpu.tables(findings(true, ...outcomes));
    for (const row of targets?.rows ?? []) {
      expect(row[2]).toBe('–');
      expect(row[3]).toMatch(/^not measured/);
    }
    expect(gpu.headline(findings(true, ...outcomes))).toEqual([
      'Some card: the numbers of 3 pieces of work were right; nothing was timed (a software adapter).',
    ]);
  });

  it('counts the dispatches of a training step on every adapter', () => {
    const [targets] = gpu.tables(findings(true, done('training', work({ untimed: 'a software adapter', counted: calls }))));
    expect(targets?.rows.at(-1)?.slice(1)).toEqual(['at most 0.1', '150 of 2,000', 'met', '2,000', '150']);
  });

  it('has no targets for smaller sizes', () => {
    const [targets] = gpu.tables(findings(false));
    for (const row of targets?.rows ?? []) expect(row[1]).toBe('–');
    expect(targets?.note).toMatch(/^Smaller sizes/);
  });

  it('says which kernel has run', () => {
    const [targets] = gpu.tables(findings(false, done('linear', work({ notes: { linear: 'reference; nothing else' } }))));
    expect(targets?.note).toContain('The kernel of linear: reference; nothing else.');
  });
});

describe('the table of counts', () => {
  it('has a line for each call, and says why a point has none', () => {
    const [, counts] = gpu.tables(findings(false, done('training', work({ counted: calls }))));
    expect(counts?.rows.slice(-2)).toEqual([
      ['training', 'tfjs-webgpu', '2,000', '5.00 GB', '30.000 G'],
      ['training', 'Longspan', '150', '1.00 GB', '10.000 G'],
    ]);
    expect(counts?.rows[0]).toEqual(['forward against dense', 'not measured', '–', '–', '–']);
  });
});

describe('the table of the adapter', () => {
  it('names it, with the limits that computing runs into', () => {
    const [, , adapter] = gpu.tables(findings(false, done('adapter', card)));
    expect(adapter?.rows).toContainEqual(['description', 'Some card']);
    expect(adapter?.rows).toContainEqual(['device', 'not said']);
    expect(adapter?.rows).toContainEqual(['computes', 'on a graphics card']);
    expect(adapter?.rows).toContainEqual(['maxBufferSize', '1,073,741,824']);
    expect(adapter?.rows.map(([name]) => name)).not.toContain('maxTextureDimension1D');
  });
});
