import { muonStepContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyMuonStepCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const muonStep: ContractSuite = contractSuite({
  contract: muonStepContract,
  names: { inputs: ['parameter', 'gradient', 'momentum'], outputs: ['parameter', 'momentum'], isDifferentiable: false },
  define,
  // Iterations enlarge what is rounded in the directions of small singular values, up to 480 times.
  referenceTolerance: { atol: 5e-6, rtol: 1e-5 },
  hardCalls,
  anyCall: anyMuonStepCall,
  faults,
});
