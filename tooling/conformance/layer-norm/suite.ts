import { layerNormContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyLayerNormCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

/** Without a weight the bias is the second input: a call names what it has. */
export const layerNorm: ContractSuite = contractSuite({
  contract: layerNormContract,
  names: { inputs: ['x', 'weight or bias', 'bias'], outputs: ['y'], isDifferentiable: true },
  define,
  referenceTolerance: { atol: 2e-6, rtol: 1e-5 },
  hardCalls,
  anyCall: anyLayerNormCall,
  faults,
});
