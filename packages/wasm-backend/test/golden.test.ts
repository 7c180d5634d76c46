import { fileURLToPath } from 'node:url';
import { withBackend } from '@longspan/tooling/expect';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { worstOf } from '../../../tooling/parity/compare.ts';
import { families } from '../../../tooling/parity/families/index.ts';
import { readFixture, readLabel } from '../../../tooling/parity/fixture.ts';
import { fixtureFiles } from '../../../tooling/parity/fixture-files.ts';
import { type Family, replay } from '../../../tooling/parity/replay.ts';
import { instructionSets } from '../src/binary/instructions.ts';
import { type Registration, register } from '../src/index.ts';
import { allowRelaxedSimd } from './builds.ts';

const fused = ['loss.crossEntropy', 'ops.embeddingGradient', 'ops.gelu', 'ops.layerNorm'];

const labelled = await Promise.all(
  (await fixtureFiles(fileURLToPath(new URL('../../../tooling/golden/attention', import.meta.url)))).map(async (file) => {
    const { family = '', name = '' } = (await readLabel(file)) ?? {};
    return { file, family, name };
  }),
);
const cases = labelled.filter(({ family }) => fused.includes(family));

it('there are reference numbers of every family that has a fused kernel', () => {
  expect([...new Set(cases.map(({ family }) => family))].sort()).toEqual(fused);
});

describe.each(instructionSets)('the reference numbers of the fused operations in %s', (instructions) => {
  let registration: Registration;
  beforeAll(async () => {
    allowRelaxedSimd();
    await withBackend('wasm');
    registration = await register({ instructions });
  });
  afterAll(() => registration.unregister());

  it.each(cases)('$name', async ({ file, family }) => {
    const results = await replay(families.get(family) as Family, await readFixture(file));
    expect(results.length).toBeGreaterThan(0);
    expect(worstOf(results)?.problem).toBeUndefined();
  });
});
