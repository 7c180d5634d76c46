import * as kernel from '@longspan/core-tensor/kernel';
import { expect, it } from 'vitest';
import { blockSparseAttention } from './block-sparse-attention/suite.ts';
import { contractSuites } from './contracts.ts';

it('every contract has a suite', () => {
  const contracts = Object.entries(kernel).flatMap(([name, each]) =>
    name.endsWith('Contract') && typeof each === 'object' && 'name' in each ? [each.name] : [],
  );
  expect([...contractSuites, blockSparseAttention].map(({ name }) => name).sort()).toEqual(contracts.sort());
});

it('labels of hard calls are unique', () => {
  for (const { hardCalls } of contractSuites) expect(new Set(hardCalls.map(({ label }) => label)).size).toBe(hardCalls.length);
});
