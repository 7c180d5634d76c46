import { crossEntropyContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyCrossEntropyCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const crossEntropy: ContractSuite = contractSuite({
  contract: crossEntropyContract,
  names: { inputs: ['logits', 'targets'], outputs: ['loss'], isDifferentiable: true },
  define,
  referenceTolerance: { atol: 2e-6, rtol: 2e-6 },
  hardCalls,
  anyCall: anyCrossEntropyCall,
  faults,
});
