import { sgdStepContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anySgdStepCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const sgdStep: ContractSuite = contractSuite({
  contract: sgdStepContract,
  names: { inputs: ['parameter', 'gradient', 'momentum'], outputs: ['parameter', 'momentum'], isDifferentiable: false },
  define,
  referenceTolerance: { atol: 5e-7, rtol: 1e-6 },
  hardCalls,
  anyCall: anySgdStepCall,
  faults,
});
