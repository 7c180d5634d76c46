import { dropoutContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyDropoutCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const dropout: ContractSuite = contractSuite({
  contract: dropoutContract,
  names: { inputs: ['x'], outputs: ['y'], isDifferentiable: true },
  define,
  // One product, rounded once: every backend gives the same.
  referenceTolerance: { atol: 0, rtol: 0 },
  hardCalls,
  anyCall: anyDropoutCall,
  faults,
});
