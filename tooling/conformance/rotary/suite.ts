import { rotaryContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyRotaryCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const rotary: ContractSuite = contractSuite({
  contract: rotaryContract,
  names: { inputs: ['x', 'cosines', 'sines'], constants: ['cosines', 'sines'], outputs: ['y'], isDifferentiable: true },
  define,
  referenceTolerance: { atol: 1e-6, rtol: 1e-6 },
  hardCalls,
  anyCall: anyRotaryCall,
  faults,
});
