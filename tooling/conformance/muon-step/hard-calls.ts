import type { MuonStepAttributes } from '@longspan/core-tensor/kernel';
import type { ContractCall } from '../contract/call.ts';
import { type MuonStepSizes, muonStepCall } from './calls.ts';

const usual = { scale: 1, momentum: 0.95, weightDecay: 0, iterations: 5 };
const call = (label: string, shapes: MuonStepSizes['shapes'], more: Partial<MuonStepSizes> = {}): ContractCall<MuonStepAttributes> =>
  muonStepCall(label, { ...usual, shapes, ...more });

/** Calls that go wrong first: each side the longer one, tails of lanes, vectors, nothing, a step along nothing, gradients of any size, lists. */
export const hardCalls: readonly ContractCall<MuonStepAttributes>[] = [
  call('one number', [[1, 1]]),
  call('wide, decayed', [[5, 12]], { weightDecay: 0.3 }),
  call('tall', [[13, 6]]),
  call('square', [[8, 8]]),
  call('one row', [[1, 9]]),
  call('one column', [[9, 1]]),
  call('nothing', [[0, 4]]),
  call('a step along nothing', [[3, 5]], { scale: 0, weightDecay: 0.1 }),
  call('large gradients', [[6, 10]], { scale: 1e12 }),
  call('gradients beside which the least norm counts', [[6, 10]], { scale: 1e-8 }),
  call('one iteration, no momentum', [[7, 4]], { iterations: 1, momentum: 0 }),
  call('wide, more than a tile', [[37, 130]]),
  call('tall, more than a tile', [[150, 70]]),
  call('a list of each form', [
    [4, 7],
    [9, 2],
    [3, 3],
  ]),
];
