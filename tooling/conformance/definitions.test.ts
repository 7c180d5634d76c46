import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contractSuites } from './contracts.ts';

describe.each(contractSuites.filter(({ isDifferentiable }) => isDifferentiable))('the definition of $name', ({ anyCall }) => {
  it('has the gradients that its values have', () => {
    fc.assert(
      fc.property(anyCall(5), (call) => {
        fc.pre(!call.label.includes('"hasPadding":true')); // a padding row has no gradient, whatever its values say
        for (const { name, slope, gradient } of call.slopes()) {
          expect(Math.abs(slope - gradient) / Math.max(1, Math.abs(slope)), name).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 100 },
    );
  });
});
