import { expect, it } from 'vitest';
import { codeOf } from '../src/views/race/code.ts';
import { racerIds } from '../src/views/race/racer.ts';
import { racers } from '../src/views/race/racers.ts';
import { runCode } from './run-code.ts';

const sizes = { heads: 1, headDim: 8, own: 'slidingWindow({ left: 9 }).and(causal())', from: 256, to: 256 };

it.each([
  [true, false],
  [false, true],
])(
  'the code of all mechanisms runs: causal %s, with backward %s',
  async (causal, withBackward) => {
    const said = await runCode(codeOf({ ...sizes, who: racerIds, causal, withBackward }));
    const lines = said.trim().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['256']);
    for (const line of lines) {
      for (const { title } of racers) expect(line).toContain(`${title} `);
      expect(line.match(/ \d+\.\d\d ms/g)?.length).toBe(racers.length);
    }
  },
  240_000,
);
