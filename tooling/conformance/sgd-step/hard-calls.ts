import type { SgdStepAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { sgdStepCall } from './calls.ts';

/** Calls that go wrong first: tails of lanes, nothing, lists. */
export const hardCalls: readonly ContractCall<SgdStepAttributes>[] = [
  sgdStepCall('a scalar', { shapes: [[]], momentum: 0.9, weightDecay: 0 }),
  sgdStepCall('7 numbers, decayed', { shapes: [[7]], momentum: 0.9, weightDecay: 0.3 }),
  sgdStepCall('no momentum', { shapes: [[3, 5, 11]], momentum: 0, weightDecay: 0 }),
  sgdStepCall('nothing', { shapes: [[0, 4]], momentum: 0.9, weightDecay: 0 }),
  sgdStepCall('three of other shapes', { shapes: [[7], [2, 3], []], momentum: 0.5, weightDecay: 0.1 }),
  sgdStepCall('a list with nothing in its middle', { shapes: [[4096], [0], [3, 5003], [8193], [1]], momentum: 0.9, weightDecay: 0.01 }),
];
