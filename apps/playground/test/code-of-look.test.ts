import { expect, it } from 'vitest';
import { codeOf } from '../src/views/look/code.ts';
import { passageOf } from '../src/views/look/passage.ts';
import { runCode } from './run-code.ts';

it('the code that reads a text says where the heads look and what a window keeps', async () => {
  const passage = passageOf('"You are late," said the older man.\nThe skipper laughed.', 55, 2048, 'en');
  const { segments = [], chosen = 0, bytes = new Uint8Array() } = passage ?? {};
  const reading = {
    segments,
    chosen,
    length: bytes.length,
    layers: 4,
    heads: 4,
    weights: new Float32Array(),
    next: [],
    bits: 0,
    milliseconds: 0,
  };
  const code = codeOf({ looked: { reading, layer: 0, budget: 64, queries: 1, kept: [] }, layer: 1, budget: 64 });
  const said = await runCode(code.replace("process.argv[2] ?? '.'", "'public/models'"));
  const lines = said.trim().split('\n');
  expect(lines).toHaveLength(5);
  for (const [at, line] of lines.slice(0, 4).entries())
    expect(line).toMatch(new RegExp(`^head ${at + 1} looks most at byte \\d+: [\\d.]+ %$`));
  expect(lines[4]).toBe('a window of 64 keeps 100.0 %, 100.0 %, 100.0 %, 100.0 %'); // the text is shorter than the window
});
