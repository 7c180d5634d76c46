import type { MuonStepAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

type Matrix = readonly (readonly number[])[];

const transposed = (x: Matrix, columns: number): Matrix => Array.from({ length: columns }, (_, at) => x.map((row) => row[at] as number));
const product = (x: Matrix, y: Matrix, columns: number): Matrix => {
  const turned = transposed(y, columns);
  return x.map((row) => turned.map((column) => row.reduce((sum, each, at) => sum + each * (column[at] as number), 0)));
};

/** One step of Muon for each matrix of a list. It has no gradient. @source Jordan et al. 2024; Liu et al. 2025 §2.2 for decay and scale */
export const define: Define<MuonStepAttributes> = (operands, attributes) => ({
  outputs: Array.from({ length: operands.length / 3 }, (_, nth) => stepped(operands.slice(3 * nth, 3 * nth + 3), attributes)).flat(),
  gradients: () => [],
});

function stepped(operands: readonly Values[], { learningRate, momentum, weightDecay, iterations }: MuonStepAttributes): readonly Values[] {
  const [parameter, gradient, before] = operands as readonly [Values, Values, Values];
  const [rows, columns] = parameter.shape as readonly [number, number];
  const running = Array.from(gradient.values, (each, at) => momentum * (before.values[at] as number) + each);
  const nesterov = Array.from(gradient.values, (each, at) => each + momentum * (running[at] as number));
  const direction = orthogonalized(
    Array.from({ length: rows }, (_, row) => nesterov.slice(row * columns, (row + 1) * columns)),
    columns,
    iterations,
  ).flat();
  const scale = 0.2 * Math.sqrt(Math.max(rows, columns));
  const moved = Array.from(
    parameter.values,
    (value, at) => value - learningRate * (weightDecay * value + scale * (direction[at] as number)),
  );
  return [moved, running].map((values) => ({ shape: parameter.shape, values }));
}

function orthogonalized(matrix: Matrix, columns: number, iterations: number): Matrix {
  const rows = matrix.length;
  if (rows > columns) return transposed(orthogonalized(transposed(matrix, columns), rows, iterations), rows);
  const norm = Math.sqrt(matrix.flat().reduce((sum, each) => sum + each ** 2, 0)) + 1e-7;
  let x: Matrix = matrix.map((row) => row.map((each) => each / norm));
  for (let iteration = 0; iteration < iterations; iteration++) {
    const squares = product(x, transposed(x, columns), rows);
    const fourths = product(squares, squares, rows);
    const polynomial = squares.map((row, at) => row.map((each, to) => -4.775 * each + 2.0315 * (fourths[at]?.[to] as number)));
    const change = product(polynomial, x, columns);
    x = x.map((row, at) => row.map((each, to) => 3.4445 * each + (change[at]?.[to] as number)));
  }
  return x;
}
