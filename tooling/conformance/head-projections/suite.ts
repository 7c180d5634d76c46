import { headProjectionsContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyHeadProjectionsCall } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const headProjections: ContractSuite = contractSuite({
  contract: headProjectionsContract,
  names: { inputs: ['x', 'weight', 'bias'], outputs: ['heads'], isDifferentiable: true },
  namesOf: ({ attributes: { heads, hasBias } }) => ({
    inputs: ['x', ...heads.flatMap((_, at) => [`weight ${at}`, ...(hasBias ? [`bias ${at}`] : [])])],
    outputs: heads.map((_, at) => `heads ${at}`),
  }),
  define,
  referenceTolerance: { atol: 1e-5, rtol: 1e-5 },
  hardCalls,
  anyCall: anyHeadProjectionsCall,
  faults,
});
