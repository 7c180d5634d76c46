import { adafactorStepContract } from '@longspan/core-tensor/kernel';
import { type ContractSuite, contractSuite } from '../contract/suite.ts';
import { anyAdafactorStepCall, tensorsOfOne } from './calls.ts';
import { define } from './definition.ts';
import { faults } from './faults.ts';
import { hardCalls } from './hard-calls.ts';

export const adafactorStep: ContractSuite = contractSuite({
  contract: adafactorStepContract,
  names: { inputs: [], outputs: [], isDifferentiable: false },
  namesOf({ operands, attributes: { beta1 } }) {
    const inputs: string[] = [];
    const all = operands();
    for (let nth = 0; inputs.length < all.length; nth++) {
      const { shape } = all[inputs.length] as { readonly shape: readonly number[] };
      for (const [name] of tensorsOfOne(shape, beta1)) inputs.push(nth === 0 ? name : `${name} of ${nth}`);
    }
    return { inputs, outputs: inputs.filter((name) => !name.startsWith('gradient')) };
  },
  define,
  referenceTolerance: { atol: 2e-6, rtol: 1e-5 },
  hardCalls,
  anyCall: anyAdafactorStepCall,
  faults,
});
