import { fileURLToPath } from 'node:url';
import { effort } from '@longspan/tooling/expect';
import { killed, type Program, programOf, sentence } from '@longspan/tooling/killed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let program: Program;
beforeAll(async () => {
  program = await programOf(fileURLToPath(new URL('./run.ts', import.meta.url)));
});
afterAll(() => program?.remove());

const everywhere = [
  ['wasm', 'ours', effort(2, 100)],
  ['cpu', 'stock', effort(0, 5)],
  ['wasm', 'stock', effort(0, 5)],
] as const;

describe.each(everywhere.filter(([, , kills]) => kills > 0))('a run on %s, kernels %s', (backend, kernels, kills) => {
  it(`has the bits of one that was left alone, after ${kills} kills`, { timeout: 60_000 + kills * 30_000 }, async ({ annotate }) => {
    const found = await killed({ file: program.file, args: [backend, kernels], steps: 30 }, kills);
    await annotate(sentence(found));
    expect(Object.values(found.kills).reduce((sum, each) => sum + each)).toBe(kills);
    expect(found.equal).toBe(found.runs);
  });
});
