import type { AdafactorStepAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { type AdafactorStepSizes, adafactorStepCall } from './calls.ts';

const usual = { scale: 1, leastScale: 1e-3, beta1: null, beta2: 0.9, clipThreshold: 1, weightDecay: 0 };
const call = (
  label: string,
  shapes: AdafactorStepSizes['shapes'],
  more: Partial<AdafactorStepSizes> = {},
): ContractCall<AdafactorStepAttributes> => adafactorStepCall(label, { ...usual, shapes, ...more });

/** Calls that go wrong first: the first step, tails of lanes, few axes and many, rows without gradients, gradients of any size, nothing, lists. */
export const hardCalls: readonly ContractCall<AdafactorStepAttributes>[] = [
  call('a scalar', [[]]),
  call('7 numbers, decayed', [[7]], { weightDecay: 0.3 }),
  call('a matrix, the first step', [[5, 12]], { beta2: 0 }),
  call('a matrix with a first moment, decayed', [[13, 6]], { beta1: 0.9, weightDecay: 0.1 }),
  call('an update that is clipped', [[6, 9]], { clipThreshold: 0.3 }),
  call('an update that is not clipped', [[6, 9]], { clipThreshold: 100 }),
  call('the learning rate as it is', [[4, 8]], { leastScale: 0 }),
  call('a parameter smaller than the least scale', [[4, 8]], { leastScale: 30 }),
  call('matrices of four axes', [[2, 3, 5, 7]], { beta1: 0.5 }),
  call('one row', [[1, 9]]),
  call('one column', [[9, 1]]),
  call('rows without a gradient, the first step', [[8, 12]], { beta2: 0, rowsOfZeros: 5 }),
  call('large gradients', [[6, 10], [11]], { scale: 1e12 }),
  call('tiny gradients', [[6, 10], [11]], { scale: 1e-12 }),
  call('large gradients and rows without one, the first step', [[6, 10]], { scale: 1e8, beta2: 0, rowsOfZeros: 2 }),
  call('nothing', [[0]]),
  call('long', [[131, 300], [5003]], { beta1: 0.9 }),
  call('tall', [[3001, 5]]),
  call('a list of each form', [[7], [4, 6], [], [2, 3, 4], [9, 5]]),
];
