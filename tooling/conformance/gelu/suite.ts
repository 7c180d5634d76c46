import { geluContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyGeluCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const gelu: ContractSuite = contractSuite({
  contract: geluContract,
  names: { inputs: ['x'], outputs: ['y'], isDifferentiable: true },
  define,
  // tfjs's erf is good to 1.5e-7, and large x multiply that.
  referenceTolerance: { atol: 1e-6, rtol: 1e-6 },
  hardCalls,
  anyCall: anyGeluCall,
  faults,
});
