import type { LayerNormAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { floats, normals } from '../contract/operand.ts';
import { layerNormCall } from './calls.ts';

const x = (...shape: number[]) => normals('layer norm', shape);

/** Calls that go wrong first: tails of lanes, what is missing, rows without a deviation, and numbers far from 0 or from 1. */
export const hardCalls: readonly ContractCall<LayerNormAttributes>[] = [
  layerNormCall('rows of one number', () => x(2, 3, 1)),
  layerNormCall('rows of 3 numbers', () => x(5, 3)),
  layerNormCall('rows of 7 numbers in batches, no bias', () => x(2, 3, 5, 7), { hasBias: false }),
  layerNormCall('rows of 12 numbers, no weight', () => x(2, 7, 12), { hasWeight: false }),
  layerNormCall('rows of 37 numbers, neither', () => x(3, 37), { hasWeight: false, hasBias: false }),
  layerNormCall('one row', () => x(256)),
  layerNormCall('more rows than one item has', () => x(131, 20), { looser: 4 }),
  layerNormCall('constant rows', () =>
    floats(
      [0, 1, 1e-3, 1e6, -7].flatMap((value) => Array<number>(9).fill(Math.fround(value + 1.5))),
      [5, 9],
    ),
  ),
  layerNormCall(
    'constant rows and epsilon 0',
    () =>
      floats(
        [0, 1, -8, 3].flatMap((value) => Array<number>(9).fill(value)),
        [4, 9],
      ),
    { epsilon: 0 },
  ),
  layerNormCall('rows far from 0', () => normals('layer norm', [4, 33], (each) => each + 1e4), { looser: 10 }),
  layerNormCall('large and tiny rows', () =>
    normals('layer norm', [3, 21], (each, at) => each * ([1e15, 1, 1e-15][Math.floor(at / 21)] as number)),
  ),
  layerNormCall('a large epsilon', () => x(3, 10), { epsilon: 2 }),
  layerNormCall('no rows', () => x(0, 8)),
];
