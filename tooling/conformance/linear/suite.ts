import { linearContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyLinearCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const linear: ContractSuite = contractSuite({
  contract: linearContract,
  names: { inputs: ['x', 'weight', 'bias'], outputs: ['y'], isDifferentiable: true },
  define,
  referenceTolerance: { atol: 1e-5, rtol: 1e-5 },
  hardCalls,
  anyCall: anyLinearCall,
  faults,
});
