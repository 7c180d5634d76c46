import type { AdafactorStepAttributes } from '@longspan/core-tensor/kernel';
import fc, { type Arbitrary } from 'fast-check';
import { magnitude } from '../../arbitrary/index.ts';
import { anyWidth } from '../contract/any-batch.ts';
import type { ContractCall } from '../contract/call.ts';
import { normals, type Operand } from '../contract/operand.ts';

export interface AdafactorStepSizes {
  /** Of each parameter of the list. */
  readonly shapes: readonly (readonly number[])[];
  /** How large the gradients are. */
  readonly scale: number;
  readonly leastScale: number;
  readonly beta1: number | null;
  readonly beta2: number;
  readonly clipThreshold: number;
  readonly weightDecay: number;
  /** Rows of the first parameter, from the second on, whose gradients are all 0; none by default. */
  readonly rowsOfZeros?: number | undefined;
}

/** What a contract has of a parameter of that shape, in order, with the shape of each. */
export const tensorsOfOne = (
  shape: readonly number[],
  beta1: number | null,
): readonly (readonly [name: string, shape: readonly number[]])[] => [
  ['parameter', shape],
  ['gradient', shape],
  ...(shape.length < 2
    ? [['mean of squares', shape] as const]
    : [['mean of rows', shape.slice(0, -1)] as const, ['mean of columns', [...shape.slice(0, -2), ...shape.slice(-1)]] as const]),
  ...(beta1 === null ? [] : [['first moment', shape] as const]),
];

export function adafactorStepCall(label: string, sizes: AdafactorStepSizes): ContractCall<AdafactorStepAttributes> {
  const { shapes, scale, rowsOfZeros = 0, ...attributes } = sizes;
  const operand = (name: string, nth: number, shape: readonly number[]): Operand => {
    const width = shape.at(-1) ?? 1;
    const isZero = (at: number): boolean => nth === 0 && at >= width && at < width * (1 + rowsOfZeros);
    return normals(`${name} ${nth} of a step of Adafactor, ${label}`, shape, (x, at) => {
      if (name === 'gradient') return isZero(at) ? 0 : scale * x;
      if (name.startsWith('mean')) return Math.fround(scale * x) ** 2;
      return name === 'first moment' ? 0.02 * x : x;
    });
  };
  return {
    label,
    operands: () => shapes.flatMap((shape, nth) => tensorsOfOne(shape, attributes.beta1).map(([name, own]) => operand(name, nth, own))),
    attributes: { learningRate: 0.02, epsilon: 1e-30, ...attributes },
    scales: { 'mean of squares': scale ** 2, 'mean of rows': scale ** 2, 'mean of columns': scale ** 2, 'first moment': 0.1 },
  };
}

export const anyAdafactorStepCall = (longest: number): Arbitrary<ContractCall<AdafactorStepAttributes>> => {
  const matrix = fc.tuple(magnitude(1, longest), anyWidth(longest));
  const shape = fc.oneof<Arbitrary<readonly number[]>[]>(
    matrix,
    fc.tuple(anyWidth(longest)),
    fc.tuple(magnitude(1, 3), magnitude(1, Math.min(longest, 40)), magnitude(1, Math.min(longest, 40))),
  );
  return fc
    .record({
      shapes: fc.array(shape, { minLength: 1, maxLength: 3 }),
      leastScale: fc.constantFrom(0, 1e-3),
      beta1: fc.constantFrom(null, 0.9),
      beta2: fc.constantFrom(0, 0.9),
      clipThreshold: fc.constantFrom(0.5, 10),
      weightDecay: fc.constantFrom(0, 0.1),
    })
    .map((sizes) => adafactorStepCall(JSON.stringify(sizes), { scale: 1, ...sizes }));
};
