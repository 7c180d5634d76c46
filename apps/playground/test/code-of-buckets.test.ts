import { expect, it } from 'vitest';
import { codeOf } from '../src/views/buckets/code.ts';
import { drawnAngles } from '../src/views/buckets/vectors.ts';
import { runCode } from './run-code.ts';

it('the code of the buckets runs, and hashes as the page does', async () => {
  const values = { on: 'circle', hash: 1, buckets: 8, rounds: 3, chunk: 4, length: 12, causal: 'all', of: 7, near: 6 } as const;
  const said = (await runCode(codeOf(values, drawnAngles(1, 24, 'circle')))).trim().split('\n');
  // What the page shows of vector 7 with these: its table, and what three rounds keep.
  expect(said).toHaveLength(3 + 3 + 6 + 1);
  expect(said[3]).toMatch(/^round 1, sorted {2}21 2 3 6 14 18 20 1 4 5 7 13 19 23 8 9 11 12 16 22 10 15 17 0$/);
  expect(said.slice(6, 12)).toEqual([
    'vector 7 -> 4: full attention 34.7 %, by hashing 45.1 %',
    'vector 7 -> 6: full attention 28.7 %, by hashing 18.6 %',
    'vector 7 -> 14: full attention 10.6 %, by hashing 6.9 %',
    'vector 7 -> 3: full attention 8.8 %, by hashing 5.7 %',
    'vector 7 -> 5: full attention 7.9 %, by hashing 15.5 %',
    'vector 7 -> 23: full attention 5.2 %, by hashing 3.3 %',
  ]);
  expect(said[12]).toMatch(/^kept \d\d\.\d %$|^kept 100\.0 %$/);
});
