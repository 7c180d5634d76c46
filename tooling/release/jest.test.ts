import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type EmptyProject, emptyProject } from './empty-project.ts';

const ours = ['wasm-backend', 'attention-sparse', 'core-tensor'].map((name) => inject('tarballs')[`@longspan/${name}`] as string);
const tfjs = ['tfjs-core', 'tfjs-backend-wasm'].map((name) => `@tensorflow/${name}@4.22.0`);

let project: EmptyProject;
beforeAll(async () => {
  project = await emptyProject([...ours, ...tfjs, 'jest@29.7.0']);
});
afterAll(() => project?.remove());

it('the packages work in Jest 29, in its sandbox of another realm', async () => {
  const jest = [
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    '--testMatch',
    '**/in-jest.mjs',
    '--transform',
    '{}',
  ] as const;
  const { code, stderr } = await project.run(...jest);
  expect(stderr).toMatch(/^Tests: +4 passed, 4 total$/m);
  expect(code).toBe(0);
});
