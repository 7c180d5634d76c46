import { readFileSync } from 'node:fs';
import { withBackend } from '@longspan/tooling/expect';
import { matMul, tensor2d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { instructionSets } from '../binary/instructions.ts';
import { register as fetching } from '../index.ts';
import { register } from './index.ts';

it('registers the same kernels, once for both entries', async () => {
  await withBackend('wasm');
  const registration = await register({ threads: 1 });
  expect(await fetching({ threads: 1 })).toBe(registration);
  const square = tensor2d([1, 2, 3, 4], [2, 2]);
  expect([...(await matMul(square, square, false, true).data())]).toEqual([5, 11, 11, 25]);
  registration.unregister();
});

it('has every build of the other entry', async () => {
  const source = readFileSync(new URL('./index.ts', import.meta.url), 'utf8');
  for (const name of instructionSets) expect(source).toContain(`from '../generated/${name}.ts'`);
  await withBackend('wasm');
  const registration = await register({ threads: 1, instructions: 'simd128' });
  expect(registration.instructions).toBe('simd128');
  registration.unregister();
});
