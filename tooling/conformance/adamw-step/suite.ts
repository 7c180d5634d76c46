import { adamWStepContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyAdamWStepCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const adamWStep: ContractSuite = contractSuite({
  contract: adamWStepContract,
  names: {
    inputs: ['parameter', 'gradient', 'first moment', 'second moment'],
    outputs: ['parameter', 'first moment', 'second moment'],
    isDifferentiable: false,
  },
  define,
  referenceTolerance: { atol: 1e-7, rtol: 2e-6 },
  hardCalls,
  anyCall: anyAdamWStepCall,
  faults,
});
