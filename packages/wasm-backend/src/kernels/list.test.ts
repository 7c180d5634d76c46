import { readdirSync, readFileSync } from 'node:fs';
import * as contracts from '@longspan/core-tensor/kernel';
import { getKernelsForBackend } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { openBuild } from '../../test/builds.ts';
import { contractKernels, kernels } from './index.ts';
import { addAll } from './kernel.ts';

const foldersOf = (kind: string): string[] => readdirSync(new URL(kind, import.meta.url)).sort();

it('each folder is in the list, and each contract of core-tensor has a kernel', () => {
  const source = readFileSync(new URL('./index.ts', import.meta.url), 'utf8');
  for (const kind of ['contract', 'stock']) {
    const listed = [...source.matchAll(new RegExp(`from './${kind}/([a-z-]+)/`, 'g'))].map(([, folder]) => folder);
    expect([...new Set(listed)].sort()).toEqual(foldersOf(`./${kind}`));
  }
  const names = Object.entries(contracts).flatMap(([name, each]) =>
    name.endsWith('Contract') && typeof each === 'object' && 'name' in each ? [each.name] : [],
  );
  expect(contractKernels.map(({ name }) => name).sort()).toEqual(names.sort());
  expect(new Set(kernels.map(({ name }) => name)).size).toBe(kernels.length);
});

it('docs/kernels.md names each of them once, and nothing else', () => {
  const text = readFileSync(new URL('../../../../docs/kernels.md', import.meta.url), 'utf8');
  const table = text.slice(text.indexOf('| kernel |'), text.indexOf('\n\n', text.indexOf('| kernel |')));
  const named = [...table.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(named.sort()).toEqual(kernels.flatMap(({ name }) => name.split(', ')).sort());
});

it('what is added is taken out again, whole', async () => {
  const { runtimeOf } = await openBuild({ instructions: 'simd128', threads: 1 });
  const places = () => getKernelsForBackend('wasm').map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc] as const);
  const before = new Map(places());
  const remove = addAll(kernels, runtimeOf);
  const replaced = places().filter(([name, run]) => before.get(name) !== run);
  const names = kernels.filter((kernel) => !contractKernels.includes(kernel)).flatMap(({ name }) => name.split(', '));
  expect(replaced.map(([name]) => name).sort()).toEqual(names.sort());
  remove();
  expect(new Map(places())).toEqual(before);
});
