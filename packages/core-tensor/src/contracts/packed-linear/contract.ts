import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError } from '../../error/index.ts';
import { type Contract, defineContract } from '../../op/define-contract.ts';
import { asRows, sumOfRows } from '../../tensor/rows.ts';
import type { PackedKind } from '../../weight/packed-weight.ts';
import { packedLinear, packedRowsGradient } from './reference.ts';

/** x [..., in], numbers int32 [out, ⌈in / 2⌉] as in PackedWeight and, where there is one, bias [out]. */
export type Float16LinearInputs = readonly [x: Tensor, numbers: Tensor, ...bias: Tensor[]];

/** x [..., in], numbers int32 [out, ⌈in / 4⌉] and scale float32 [out] as in PackedWeight and, where there is one, bias [out]. */
export type Int8LinearInputs = readonly [x: Tensor, numbers: Tensor, scale: Tensor, ...bias: Tensor[]];

export interface PackedLinearAttributes {
  /** The weight's `in`. A row's last word may have room for more numbers: those are 0. */
  readonly width: number;
}

/**
 * x · weightᵀ + bias along the last axis, of a weight in float16, which is widened inside of the product: see `applyLinear`. x and the bias
 * have gradients; x itself is not kept for them.
 */
export const float16LinearContract: Contract<Float16LinearInputs, readonly [Tensor], PackedLinearAttributes> =
  /* @__PURE__ */ defineContract({
    name: 'LongspanFloat16Linear',
    outputs: 1,
    reference: {
      forward: ([x, numbers, bias], { width }: PackedLinearAttributes): readonly [Tensor] => [
        packedLinear(x, { kind: 'float16', numbers, shape: [numbers.shape[0] as number, width] }, bias),
      ],
      save: { inputs: [1] },
      gradientOf: {
        0: ({ inputs: [numbers] }, [dy], { width }) =>
          packedRowsGradient(dy, { kind: 'float16', numbers, shape: [numbers.shape[0] as number, width] }),
        1: () => requireNoGradient('float16'),
        2: (_, [dy]) => sumOfRows(asRows(dy)),
      },
    },
  });

/** The same of a weight in int8: its numbers are the integers times the scale of their output channel. The scale has no gradient either. */
export const int8LinearContract: Contract<Int8LinearInputs, readonly [Tensor], PackedLinearAttributes> = /* @__PURE__ */ defineContract({
  name: 'LongspanInt8Linear',
  outputs: 1,
  reference: {
    forward: ([x, numbers, scale, bias], { width }: PackedLinearAttributes): readonly [Tensor] => [
      packedLinear(x, { kind: 'int8', numbers, scale, shape: [numbers.shape[0] as number, width] }, bias),
    ],
    save: { inputs: [1, 2] },
    gradientOf: {
      0: ({ inputs: [numbers, scale] }, [dy], { width }) =>
        packedRowsGradient(dy, { kind: 'int8', numbers, scale, shape: [numbers.shape[0] as number, width] }),
      1: () => requireNoGradient('int8'),
      2: () => requireNoGradient('int8'),
      3: (_, [dy]) => sumOfRows(asRows(dy)),
    },
  },
});

/** Throws where the gradient of a packed weight is wanted; kernels have it in the places of such inputs. */
export function requireNoGradient(kind: PackedKind): never {
  throw new ConfigError({
    caller: 'applyLinear',
    problem: 'a packed weight must be a constant of the loss.',
    expected: 'gradients of x, of the bias and of float32 parameters',
    got: `the gradient of a weight in ${kind}`,
    remedy: 'leave packed weights out of what is trained (train float32 ones beside them), or take await unpackWeight(weight).',
  });
}
