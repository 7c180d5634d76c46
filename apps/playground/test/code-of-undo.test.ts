import { expect, it } from 'vitest';
import { codeOf } from '../src/views/undo/code.ts';
import { runCode } from './run-code.ts';

it('the code runs: stored memory grows with the depth, reversible memory hardly does, and errors are those of rounding', async () => {
  const said = (await runCode(codeOf({ depths: [1, 4], length: 128, width: 8, keepEvery: 2 }))).trim().split('\n');
  const held = (depth: number, way: string): number =>
    Number(
      said
        .find((line) => line.startsWith(`${depth} blocks, ${way}`))
        ?.split(' ')
        .at(3),
    );
  expect(held(4, 'stored') / held(1, 'stored')).toBeGreaterThan(2.5);
  expect(held(4, 'reversible')).toBeLessThan(held(4, 'recomputed'));
  expect(held(4, 'recomputed')).toBeLessThan(held(4, 'stored'));
  const errors = said.at(-1)?.split(', ').map(Number) ?? [];
  expect(errors.length).toBe(4);
  for (const error of errors) {
    expect(error).toBeGreaterThanOrEqual(0);
    expect(error).toBeLessThan(1e-5);
  }
}, 240_000);
