import { feedForwardContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyFeedForwardCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const feedForward: ContractSuite = contractSuite({
  contract: feedForwardContract,
  names: {
    inputs: ['x', 'inner weight', 'inner bias', 'outer weight', 'outer bias'],
    outputs: ['y'],
    isDifferentiable: true,
  },
  define,
  referenceTolerance: { atol: 1e-5, rtol: 1e-5 },
  hardCalls,
  anyCall: anyFeedForwardCall,
  faults,
});
