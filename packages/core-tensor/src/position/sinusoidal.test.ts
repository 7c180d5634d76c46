import { expectClose, onBackends } from '@longspan/tooling/expect';
import { expect, it } from 'vitest';
import { ConfigError } from '../error/index.ts';
import { sinusoidalPositions } from './sinusoidal.ts';

onBackends('sinusoidalPositions', () => {
  it('interleaves sines and cosines as the Transformer does', async () => {
    const rows = await sinusoidalPositions(3, 4).array();
    const expected = [0, 1, 2].map((p) => [Math.sin(p), Math.cos(p), Math.sin(p / 100), Math.cos(p / 100)]);
    expectClose(rows.flat(), expected.flat(), { atol: 1e-7, rtol: 1e-6 });
  });

  it('puts sines before cosines as Transformer-XL does, for positions that count down and for another base', async () => {
    const rows = await sinusoidalPositions([2.5, 1, -1], 6, { style: 'concatenated', base: 8 }).array();
    const frequencies = [1, 0.5, 0.25];
    const expected = [2.5, 1, -1].map((p) => [...frequencies.map((f) => Math.sin(p * f)), ...frequencies.map((f) => Math.cos(p * f))]);
    expectClose(rows.flat(), expected.flat(), { atol: 1e-7, rtol: 1e-6 });
  });

  it('stays exact far out, where a float32 angle would not', async () => {
    const [row] = await sinusoidalPositions([1_000_003], 2).array();
    expectClose(row as number[], [Math.sin(1_000_003), Math.cos(1_000_003)], { atol: 1e-7, rtol: 0 });
  });

  it('throws for an odd width', () => {
    expect(() => sinusoidalPositions(3, 5)).toThrow(
      new ConfigError({
        caller: 'sinusoidalPositions',
        problem: 'width must be even.',
        expected: 'an even number: a sine and a cosine for each frequency',
        got: '5',
        remedy: 'use 6, and leave the last feature out.',
      }),
    );
  });
});
