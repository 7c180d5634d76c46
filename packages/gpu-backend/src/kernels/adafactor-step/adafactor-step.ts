import {
  type AdafactorStepAttributes,
  type AdafactorStepOfOne,
  adafactorStepContract,
  parametersOfAdafactor,
} from '@longspan/core-tensor/kernel';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { f32, u32 } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { type Bound, reads, runProgram, writes } from '../../encode/run-program.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { sizesText, squaresText, statisticsText, stepText, threads, updateSquaresText } from './wgsl.ts';

/**
 * The step of Adafactor in WGSL, five programs for each parameter: sums of squares by rows and columns, their means, the update's squares, by how
 * much it is clipped, and the step. The update itself is computed twice and never stored.
 */
export const adafactorStepKernel: Kernel = {
  name: adafactorStepContract.name,
  add: (backendOf) =>
    adafactorStepContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, ({ device }, inputs) => {
        if (inputs.some(({ size, rank }) => size === 0 && rank > 1)) return 'the means of a matrix without numbers are none';
        const isTooLarge = inputs.some(({ size }) => 4 * size > device.limits.maxStorageBufferBindingSize);
        return isTooLarge ? 'a parameter is larger than a binding of the device' : null;
      }),
      note: () => 'five dispatches for each parameter',
      tolerance: {
        atol: 2e-6,
        rtol: 1e-5,
        reason: 'float32 sums in another order, and roots and quotients are off by some units in the last place',
      },
      forward: (inputs, attributes) => parametersOfAdafactor(inputs, attributes).flatMap((one) => step(backendOf(), one, attributes)),
    }),
};

function step(backend: TfjsWebGpu, one: AdafactorStepOfOne, attributes: AdafactorStepAttributes): readonly Tensor[] {
  const { parameter, meanOfRows, firstMoment } = one;
  const { shape, size } = parameter;
  const isFactored = meanOfRows !== undefined;
  const [rows, columns] = isFactored ? (shape.slice(-2) as [number, number]) : [1, size];
  const matrices = size === 0 ? 0 : size / rows / columns;
  const after = {
    parameter: unwritten(backend, shape),
    rows: meanOfRows && unwritten(backend, meanOfRows.shape),
    columns: unwritten(backend, one.meanOfColumns.shape),
    first: firstMoment && unwritten(backend, shape),
  };
  const outputs = [after.parameter, after.rows, after.columns, after.first].filter((each) => each !== undefined);
  if (matrices === 0) return outputs;

  const rowsPerPart = Math.ceil(Math.sqrt(rows));
  const parts = Math.ceil(rows / rowsPerPart);
  const allRows = matrices * rows;
  const { learningRate, leastScale, beta2, epsilon, clipThreshold, weightDecay } = attributes;
  const beta1 = attributes.beta1 ?? 0;
  const numbers = { beta1, share1: 1 - beta1, beta2, share2: 1 - beta2, learningRate, leastScale, epsilon, clipThreshold, weightDecay };
  const fields = {
    ...Object.fromEntries(Object.entries({ matrices, rows, columns, parts, rowsPerPart }).map(([name, count]) => [name, u32(count)])),
    ...Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, f32(number)])),
  };
  const made = (count: number): Tensor => unwritten(backend, [count]);
  const [parameterSquares, updateSquares, columnParts] = [made(allRows), made(allRows), made(matrices * parts * columns)];
  const [statistics, sizes] = [made(matrices + 1), made(matrices + 2)];
  const tensors: Readonly<Record<string, Tensor | undefined>> = {
    ...{ parameter, gradient: one.gradient, meanOfRows, meanOfColumns: one.meanOfColumns, firstMoment },
    ...{ newParameter: after.parameter, newMeanOfRows: after.rows, newMeanOfColumns: after.columns, newFirstMoment: after.first },
    ...{ parameterSquares, updateSquares, columnParts, statistics, sizes },
  };
  /** Those of the tensors that are there. */
  const bound = (how: typeof reads, names: readonly string[]): Readonly<Record<string, Bound>> =>
    Object.fromEntries(
      names.flatMap((name) => {
        const tensor = tensors[name];
        return tensor === undefined ? [] : [[name, how(withFloats(backend, tensor), 'array<f32>')] as const];
      }),
    );
  const run = (name: string, read: readonly string[], written: readonly string[], text: () => string, workgroups: number): void =>
    runProgram(backend, {
      name: `Adafactor: ${name}${isFactored ? ', factored' : ''}`,
      bound: { ...bound(reads, read), ...bound(writes, written) },
      fields,
      text,
      workgroups,
    });
  const update = ['gradient', 'newMeanOfRows', 'newMeanOfColumns'];
  run(
    'squares',
    ['parameter', 'gradient', 'meanOfRows'],
    ['newMeanOfRows', 'parameterSquares', 'columnParts'],
    () => squaresText(isFactored),
    allRows + matrices * parts * Math.ceil(columns / threads),
  );
  run(
    'means',
    ['meanOfColumns', 'columnParts', 'newMeanOfRows', 'parameterSquares'],
    ['newMeanOfColumns', 'statistics'],
    () => statisticsText(isFactored),
    Math.ceil((matrices * columns) / threads) + matrices + 1,
  );
  // Of a program, what its text does not read must not be bound.
  run(
    "the update's squares",
    [...update, ...(isFactored ? ['statistics'] : [])],
    ['updateSquares'],
    () => updateSquaresText(isFactored),
    allRows,
  );
  run('sizes', ['updateSquares', 'statistics'], ['sizes'], () => sizesText, 1);
  run(
    `step${firstMoment ? ' by a first moment' : ''}`,
    ['parameter', ...update, 'sizes', 'firstMoment'],
    ['newParameter', 'newFirstMoment'],
    () => stepText(isFactored, firstMoment !== undefined),
    Math.ceil(size / threads),
  );
  dispose([parameterSquares, updateSquares, columnParts, statistics, sizes]);
  return outputs;
}
