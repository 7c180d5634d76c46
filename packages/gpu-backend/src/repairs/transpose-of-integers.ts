import { changePrograms, rewrite } from './program.ts';
import type { Repair } from './repair.ts';

/**
 * Transposes of int32 and bool: the WGSL hands integers to a function of floats and does not compile, so the result is garbage, and with
 * it every sum, maximum, argMax … over an axis but the last.
 */
export const transposeOfIntegers: Repair = {
  name: 'transpose of integers',
  apply: (backend) =>
    changePrograms(backend, 'transpose_', ({ program, dtype, bufferDtype }) => {
      if (bufferDtype(0) === 'float32') return;
      const parts =
        dtype === 'float32'
          ? ([
              ['A[', 'f32(A['],
              ['uniforms.aShape)]', 'uniforms.aShape)])'],
            ] as const)
          : ([['setOutputAtIndex(', 'setOutputAtIndexI32(']] as const);
      program.shaderKey += '_of_integers'; // tfjs keeps pipelines by the key
      rewrite(program, parts);
    }),
};
