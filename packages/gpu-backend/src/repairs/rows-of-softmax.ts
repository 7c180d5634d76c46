import { changePrograms, rewrite } from './program.ts';
import type { Repair } from './repair.ts';

/** Softmax of more than 65,535 rows: the grid is rounded up to a rectangle, and what its extra workgroups write may land in the last row. */
export const rowsOfSoftmax: Repair = {
  name: 'rows of softmax',
  apply: (backend) =>
    changePrograms(backend, 'softmax', ({ program }) => {
      program.shaderKey = 'softmax_rows';
      const write = 'setOutputAtCoords(row, col, value);';
      rewrite(program, [[write, `if (row < uniforms.outShape[0]) { ${write} }`]]);
    }),
};
