import { changePrograms, rewrite } from './program.ts';
import type { Repair } from './repair.ts';

/** Log of 0, so whatever joins softmaxes of which one is fully masked: WGSL leaves it open, and −88 was seen. */
export const logarithmOfZero: Repair = {
  name: 'logarithm of zero',
  apply: (backend) =>
    changePrograms(backend, 'unary_19', ({ program }) => {
      program.shaderKey += '_of_zero';
      rewrite(program, [['return log(a);', 'return select(log(a), -uniforms.INFINITY, a == 0.0);']]);
    }),
};
