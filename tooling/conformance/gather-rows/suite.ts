import { gatherRowsContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyGatherRowsCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const gatherRows: ContractSuite = contractSuite({
  contract: gatherRowsContract,
  names: { inputs: ['table', 'ids'], outputs: ['y'], isDifferentiable: true },
  define,
  referenceTolerance: { atol: 1e-6, rtol: 1e-6 },
  hardCalls,
  anyCall: anyGatherRowsCall,
  faults,
});
