import type { AdamWStepAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { adamWStepCall } from './calls.ts';

/** Calls that go wrong first: the first step and a late one, gradients of any size, tails of lanes, nothing, lists. */
export const hardCalls: readonly ContractCall<AdamWStepAttributes>[] = [
  adamWStepCall('a scalar', { shapes: [[]], scale: 1, step: 1, weightDecay: 0 }),
  adamWStepCall('7 numbers, decayed', { shapes: [[7]], scale: 1, step: 3, weightDecay: 0.3 }),
  adamWStepCall('[3, 5, 11], tiny gradients', { shapes: [[3, 5, 11]], scale: 1e-12, step: 10_000, weightDecay: 0.01 }),
  adamWStepCall('tiny gradients, an early step', { shapes: [[17]], scale: 1e-9, step: 2, weightDecay: 0 }),
  adamWStepCall('more than one item, large gradients', { shapes: [[3, 5003]], scale: 1e12, step: 2, weightDecay: 0 }),
  adamWStepCall('nothing', { shapes: [[0, 4]], scale: 1, step: 1, weightDecay: 0 }),
  adamWStepCall('three of other shapes', { shapes: [[7], [2, 3], []], scale: 1, step: 5, weightDecay: 0.1 }),
  adamWStepCall('a list with nothing in its middle, and items of each', {
    shapes: [[4096], [0], [3, 5003], [8193], [1]],
    scale: 1,
    step: 2,
    weightDecay: 0.01,
  }),
];
