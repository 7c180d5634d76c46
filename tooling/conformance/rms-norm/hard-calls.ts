import type { RmsNormAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { floats, normals } from '../contract/operand.ts';
import { rmsNormCall } from './calls.ts';

const x = (...shape: number[]) => normals('RMS norm', shape);

/** Calls that go wrong first: tails of lanes, no weight, rows of zeros, and numbers far from 1. */
export const hardCalls: readonly ContractCall<RmsNormAttributes>[] = [
  rmsNormCall('rows of one number', () => x(2, 3, 1)),
  rmsNormCall('rows of 3 numbers', () => x(5, 3)),
  rmsNormCall('rows of 12 numbers in batches', () => x(2, 7, 12)),
  rmsNormCall('rows of 37 numbers, no weight', () => x(3, 37), { hasWeight: false }),
  rmsNormCall('one row', () => x(256)),
  rmsNormCall('more rows than one item has', () => x(131, 20), { looser: 4 }),
  rmsNormCall('rows far from 0', () => normals('RMS norm', [4, 33], (each) => each + 100), { looser: 4 }),
  rmsNormCall(
    'rows of zeros and epsilon 0',
    () =>
      floats(
        [0, 1, -8, 0].flatMap((value) => Array<number>(9).fill(value)),
        [4, 9],
      ),
    { epsilon: 0 },
  ),
  rmsNormCall('large and tiny rows', () =>
    normals('RMS norm', [3, 21], (each, at) => each * ([1e15, 1, 1e-15][Math.floor(at / 21)] as number)),
  ),
  rmsNormCall('a large epsilon', () => x(3, 10), { epsilon: 2 }),
  rmsNormCall('no rows', () => x(0, 8)),
];
