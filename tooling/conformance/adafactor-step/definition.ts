import type { AdafactorStepAttributes } from '@longspan/core-tensor/kernel';
import type { Define, Values } from '../contract/call.ts';

/** One step of Adafactor for each parameter of a list. It has no gradient. */
export const define: Define<AdafactorStepAttributes> = (operands, attributes) => {
  const outputs: Values[] = [];
  for (let at = 0; at < operands.length; ) {
    const { shape } = operands[at] as Values;
    const count = (shape.length < 2 ? 3 : 4) + (attributes.beta1 === null ? 0 : 1);
    outputs.push(...stepped(operands.slice(at, at + count), attributes));
    at += count;
  }
  return { outputs, gradients: () => [] };
};

const meanOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
const rootMeanSquare = (values: ArrayLike<number>): number => Math.sqrt(meanOf(Array.from(values, (each) => each ** 2)));

/** @source Shazeer & Stern 2018, algorithm 4; transformers' Adafactor for beta1 and decay */
function stepped(operands: readonly Values[], attributes: AdafactorStepAttributes): readonly Values[] {
  const { learningRate, leastScale, beta1, beta2, epsilon, clipThreshold, weightDecay } = attributes;
  const [parameter, gradient] = operands as readonly [Values, Values];
  const { shape } = parameter;
  const means = operands.slice(2, shape.length < 2 ? 3 : 4);
  const slopes = Array.from(gradient.values);
  const squares = slopes.map((each) => each ** 2 + epsilon);
  const running = (before: Values, now: readonly number[]): number[] =>
    now.map((each, at) => beta2 * (before.values[at] as number) + (1 - beta2) * each);

  let remembered: readonly (readonly number[])[];
  let update: readonly number[];
  if (shape.length < 2) {
    const moment = running(means[0] as Values, squares);
    update = slopes.map((each, at) => each / Math.sqrt(moment[at] as number));
    remembered = [moment];
  } else {
    const [rowCount, width] = shape.slice(-2) as [number, number];
    const batches = slopes.length / (rowCount * width);
    const square = (batch: number, row: number, column: number): number => squares[(batch * rowCount + row) * width + column] as number;
    const each = <Value>(count: number, of: (at: number) => Value): Value[] => Array.from({ length: count }, (_, at) => of(at));
    const rows = running(
      means[0] as Values,
      each(batches, (b) => each(rowCount, (r) => meanOf(each(width, (c) => square(b, r, c))))).flat(),
    );
    const columns = running(
      means[1] as Values,
      each(batches, (b) => each(width, (c) => meanOf(each(rowCount, (r) => square(b, r, c))))).flat(),
    );
    update = slopes.map((slope, at) => {
      const row = Math.floor(at / width);
      const batch = Math.floor(row / rowCount);
      const meanOfRows = meanOf(rows.slice(batch * rowCount, (batch + 1) * rowCount));
      return slope / Math.sqrt(((rows[row] as number) / meanOfRows) * (columns[batch * width + (at % width)] as number));
    });
    remembered = [rows, columns];
  }
  const rate = learningRate * (leastScale === 0 ? 1 : Math.max(leastScale, rootMeanSquare(parameter.values)));
  const clip = rate / Math.max(1, rootMeanSquare(update) / clipThreshold);
  const before = operands.at(-1) as Values;
  const change = update.map((each, at) =>
    beta1 === null ? clip * each : beta1 * (before.values[at] as number) + (1 - beta1) * clip * each,
  );
  const moved = Array.from(parameter.values, (value, at) => value * (1 - rate * weightDecay) - (change[at] as number));
  return [
    { shape, values: moved },
    ...remembered.map((values, at) => ({ shape: (means[at] as Values).shape, values })),
    ...(beta1 === null ? [] : [{ shape, values: change }]),
  ];
}
