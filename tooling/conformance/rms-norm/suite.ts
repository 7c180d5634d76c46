import { rmsNormContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyRmsNormCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const rmsNorm: ContractSuite = contractSuite({
  contract: rmsNormContract,
  names: { inputs: ['x', 'weight'], outputs: ['y'], isDifferentiable: true },
  define,
  referenceTolerance: { atol: 2e-6, rtol: 1e-5 },
  hardCalls,
  anyCall: anyRmsNormCall,
  faults,
});
