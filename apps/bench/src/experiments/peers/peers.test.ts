import { describe, expect, it } from 'vitest';
import type { Findings, Outcome } from '../../run/experiment.ts';
import type { PeerFigures } from './input.ts';
import { peers } from './peers.ts';
import { pointName, rowsOf } from './rows.ts';

const options = { seed: 0, full: false, flags: {} } as const;
const machine = { cpu: '', cores: 2, memoryBytes: 0, system: '', node: '', tfjs: {}, commit: '', dirty: false, load: 0 };
const [onnx] = rowsOf(options).map(pointName) as [string];
const flex = rowsOf(options)
  .map(pointName)
  .find((name) => name.includes('flex')) as string;

const measured = (ratio: number): PeerFigures => ({
  kind: 'measured',
  ratio: { ratio, low: ratio * 0.9, high: ratio * 1.1, rounds: 7 },
  theirs: { median: 0.1, low: 0.1, high: 0.1, rounds: 7 },
  ours: { median: 0.1 * ratio, low: 0.1 * ratio, high: 0.1 * ratio, rounds: 7 },
  error: 2e-6,
  versions: ['PyTorch 2', 'PyTorch 2, transformers 4'],
  peak: 40e9,
  parts: [{ name: 'attention', flops: 4e9, ours: 0.1 * ratio, theirs: 0.1 }],
});
const done = (point: string, result: PeerFigures): Outcome<PeerFigures> => ({ point, wallSeconds: 1, ending: { kind: 'done', result } });
const findings = (...outcomes: Outcome<PeerFigures>[]): Findings<PeerFigures> => ({ options, machine, outcomes });
const rowOf = (found: Findings<PeerFigures>, point: string): readonly string[] | undefined =>
  peers.tables(found)[0]?.rows.find(([work, peer]) => `${peer}: ${work}` === point);

describe('the table of peers', () => {
  it('says who is ahead: Longspan, the library, or that it is undecided', () => {
    const found = findings(done(onnx, measured(0.25)), done(flex, measured(2.5)));
    expect(rowOf(found, onnx)?.slice(4)).toEqual(['at least 1.5x as fast', '4.00x (3.64x to 4.44x)', 'met', 'Longspan']);
    expect(rowOf(found, flex)?.slice(4)).toEqual(['at least 1x as fast', '0.40x (0.36x to 0.44x)', 'missed', 'PyTorch']);
    expect(rowOf(findings(done(flex, measured(1.05))), flex)?.slice(6)).toEqual(['open', 'undecided']);
    expect(peers.headline(found)).toContain(`Faster than Longspan: ${flex} (0.40x (0.36x to 0.44x)).`);
    expect(peers.tables(found)[0]?.note).toContain('at most 2.0e-6 apart, of the size of the numbers. ONNX');
    expect(peers.tables(found)[0]?.note).toMatch(/another, longer work[.] PyTorch 2, transformers 4[.]$/);
  });

  it('keeps a peer that failed in its row, with its own error', () => {
    const error = 'RangeError: no room /builds/of/theirs/safe-int.h:17 and 1/2 left';
    const found = findings({ point: onnx, wallSeconds: 1, ending: { kind: 'failed', error } });
    expect(rowOf(found, onnx)?.slice(2)).toEqual([
      '–',
      '–',
      'at least 1.5x as fast',
      '–',
      'failed: RangeError: no room safe-int.h:17 and 1/2 left',
      '–',
    ]);
    expect(peers.headline(found)).toEqual([
      '0 of 1 targets beside other libraries are met.',
      `Without a figure: ${onnx} (failed: RangeError: no room safe-int.h:17 and 1/2 left).`,
      '6 more targets were not measured.',
    ]);
  });
});

describe('the parts of a work', () => {
  const longformer = rowsOf(options)
    .map(pointName)
    .find((name) => name.includes('layer, forward, n')) as string;
  const whole = measured(0.5); // half the time, where a third is asked for
  const parts = [
    { name: 'linear layers', flops: 1e9, ours: 0.02, theirs: 0.01 },
    { name: 'attention', flops: 2e9, ours: 0.025 },
  ] as const;

  it('are shown on both sides with their rates where a target is missed, what is left over as all else', () => {
    const [, table] = peers.tables(findings(done(longformer, { ...whole, parts } as PeerFigures)));
    expect(table?.title).toBe(`Where the time goes: ${longformer}`);
    expect(table?.note).toMatch(/^missed: 2.00x .*, must be at least 3x as fast[.] .* at most 80.0 GF[/]s with vectors of 128 bits/);
    expect(table?.head).toEqual(['part', 'Longspan', 'PyTorch']);
    expect(table?.rows).toEqual([
      ['linear layers', '20.0 ms, 50.0 GF/s', '10.0 ms, 100.0 GF/s'],
      ['attention', '25.0 ms, 80.0 GF/s', '–'],
      ['all else', '5.00 ms', '90.0 ms, with attention'],
      ['the whole', '50.0 ms', '100 ms'],
    ]);
  });

  it('are one where the work is attention alone', () => {
    const [, table] = peers.tables(findings(done(flex, measured(2))));
    expect(table?.rows).toEqual([['attention', '200 ms, 20.0 GF/s', '100 ms, 40.0 GF/s']]);
  });

  it('are not shown where the target is met', () => {
    expect(peers.tables(findings(done(longformer, { ...measured(0.2), parts } as PeerFigures)))).toHaveLength(1);
  });
});

describe('the points of peers', () => {
  it('come after the installation of each peer, which is left out for PyTorch where a Python is given', () => {
    const names = (python?: string): string[] =>
      peers.points({ ...options, flags: python === undefined ? {} : { python } }).map(({ name }) => name);
    expect(names().slice(0, 4)).toEqual(['onnxruntime-node', 'onnxruntime-web', 'jax-js', 'PyTorch'].map((peer) => `installing ${peer}`));
    expect(names('python3').filter((name) => name.startsWith('installing'))).toHaveLength(3);
    expect(names('python3').at(3)).toBe(onnx);
  });

  it('need the installation of their peer, but for PyTorch where a Python is given', () => {
    const needs = (flags: Record<string, string>, name: string) =>
      peers.points({ ...options, flags }).find((one) => one.name === name)?.needs;
    expect([needs({}, onnx), needs({}, flex)]).toEqual(['installing onnxruntime-node', 'installing PyTorch']);
    expect([needs({ python: 'python3' }, onnx), needs({ python: 'python3' }, flex)]).toEqual(['installing onnxruntime-node', undefined]);
  });

  it('are not tried where the peer could not be installed, for the reason that is given', () => {
    const point = (name: string) => peers.points(options).find((one) => one.name === name) as ReturnType<typeof peers.points>[number];
    const failed: Outcome<PeerFigures> = {
      point: 'installing onnxruntime-node',
      wallSeconds: 1,
      ending: { kind: 'failed', error: 'npm error code ENOTFOUND' },
    };
    const before = { options, machine, outcomes: [failed] };
    expect(peers.skip?.(point(onnx), before)).toBe('installing onnxruntime-node failed: npm error code ENOTFOUND');
    expect(peers.skip?.(point(flex), before)).toBeUndefined();
    expect(peers.skip?.(point('installing onnxruntime-node'), before)).toBeUndefined();
  });
});
