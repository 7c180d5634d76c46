import { expect, it } from 'vitest';
import { codeOf } from '../src/views/pattern/code.ts';
import { presets } from '../src/views/pattern/presets.ts';
import { runCode } from './run-code.ts';

it('the code of the first preset runs, and says what the page says', async () => {
  const [first] = presets;
  const said = await runCode(codeOf(first?.expression ?? '', 1024, 2, 16));
  expect(said).toBe('31.64 % of the blocks are visited; full attention has 3.2 times the operations\n[ 1, 2, 1024, 16 ] [ 1, 2, 1024 ]\n');
});

it('the code of every preset imports what it calls', async () => {
  for (const { expression, id } of presets) {
    const imported = /import \{ (.*) \} from '@longspan\/attention-sparse'/.exec(codeOf(expression, 64, 1, 8))?.[1]?.split(', ') ?? [];
    const { cost, sparseAttention, ...others } = await import('@longspan/attention-sparse');
    for (const name of imported) expect(name in { cost, sparseAttention, ...others }, `${id}: ${name}`).toBe(true);
  }
});
