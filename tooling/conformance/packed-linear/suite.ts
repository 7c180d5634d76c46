import { float16LinearContract, int8LinearContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyPackedLinearCall } from './calls.ts';
import { define } from './definition.ts';
import { float16Faults, int8Faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const float16Linear: ContractSuite = contractSuite({
  contract: float16LinearContract,
  names: { inputs: ['x', 'numbers', 'bias'], outputs: ['y'], isDifferentiable: true },
  define: define('float16'),
  referenceTolerance: { atol: 1e-5, rtol: 1e-5 },
  hardCalls: hardCalls('float16'),
  anyCall: anyPackedLinearCall('float16'),
  faults: float16Faults,
});

export const int8Linear: ContractSuite = contractSuite({
  contract: int8LinearContract,
  names: { inputs: ['x', 'numbers', 'scale', 'bias'], constants: ['scale'], outputs: ['y'], isDifferentiable: true },
  define: define('int8'),
  referenceTolerance: { atol: 1e-5, rtol: 1e-5 },
  hardCalls: hardCalls('int8'),
  anyCall: anyPackedLinearCall('int8'),
  faults: int8Faults,
});
