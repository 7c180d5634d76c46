import { fileURLToPath } from 'node:url';
import { effort } from '@longspan/tooling/expect';
import { killed, type Program, programOf, sentence } from '@longspan/tooling/killed';
import { adapterEnvironment } from '@longspan/tooling/webgpu';
import { afterAll, beforeAll, expect, it } from 'vitest';

let program: Program;
beforeAll(async () => {
  program = await programOf(fileURLToPath(new URL('./run.ts', import.meta.url)));
});
afterAll(() => program?.remove());

const kills = effort(1, 5);

it(`kills (${kills}) leave a run the bits of one that was left alone`, { timeout: 2_400_000 }, async ({ annotate }) => {
  const found = await killed({ file: program.file, args: [], steps: effort(4, 8), environment: adapterEnvironment(process.env) }, kills);
  await annotate(sentence(found));
  expect(Object.values(found.kills).reduce((sum, each) => sum + each)).toBe(kills);
  expect(found.equal).toBe(found.runs);
});
