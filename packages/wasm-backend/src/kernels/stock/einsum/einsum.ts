import { ConfigError } from '@longspan/core-tensor/error';
import { Einsum, getGradient, ones, registerGradient, type Tensor, tidy, unregisterGradient } from '@tensorflow/tfjs-core';
import { replaceKernels } from '../../../tfjs/replace-kernels.ts';
import type { Kernel } from '../../kernel.ts';
import { type Equation, readEquation } from './equation.ts';
import { contractedTo, distinct, type Labelled, spread, without } from './labelled.ts';

/**
 * Sums of products over named axes, as NumPy and PyTorch write them: explicit and implicit outputs, diagonals, `...`, axes of 1 repeated.
 * @throws ConfigError for an invalid equation, and for tensors that are not float32; ShapeError where they do not fit it
 * @cost of the matrix products; operands whose axes stand in another order are transposed once
 */
function einsum(text: string, tensors: readonly Tensor[]): Tensor {
  const equation = readEquation(
    text,
    tensors.map(({ shape }) => shape),
  );
  const other = tensors.find(({ dtype }) => dtype !== 'float32');
  if (other !== undefined) {
    throw new ConfigError({
      caller: 'einsum',
      problem: 'all tensors must be float32.',
      expected: 'float32 tensors on the wasm backend',
      got: other.dtype,
      remedy: "cast it: tf.cast(x, 'float32').",
    });
  }
  // A copy: a kernel's result is never one of its inputs.
  return tidy(() => contractedTo(equation.output, operandsOf(equation, tensors)).clone());
}

const operandsOf = ({ inputs, extents }: Equation, tensors: readonly Tensor[]) =>
  tensors.map((tensor, at) => distinct(tensor, inputs[at] as string, extents)) as [Labelled, ...Labelled[]];

/** Of the input `at`: the products of the cotangent with all others; along an axis that is its alone and summed away it is constant. */
function gradientOf(at: number, equation: Equation, dy: Tensor, tensors: readonly Tensor[]): Tensor {
  const { inputs, output, extents } = equation;
  const operands = operandsOf(equation, tensors);
  const own = operands[at] as Labelled;
  const others = operands.filter((_, index) => index !== at);
  const lonely = without(own.labels, [output, ...others.map(({ labels }) => labels)].join(''));
  const constant = { labels: lonely, tensor: ones([...lonely].map((label) => extents.get(label) as number)) };
  const factors: [Labelled, ...Labelled[]] = [{ labels: output, tensor: dy }, ...others, ...(lonely === '' ? [] : [constant])];
  return spread(contractedTo(own.labels, factors), inputs[at] as string, (tensors[at] as Tensor).shape).clone();
}

/** tfjs's Einsum, which its wasm backend lacks, and the gradient that it has nowhere. */
export const einsumKernel: Kernel = {
  name: Einsum,
  add(runtimeOf) {
    const remove = replaceKernels<EinsumCall>(runtimeOf, {
      [Einsum]: (_, { inputs, attrs }) => einsum(attrs.equation, Object.values(inputs)),
    });
    if (getGradient(Einsum) !== undefined) return remove;
    registerGradient({
      kernelName: Einsum,
      saveAllInputs: true,
      gradFunc(dy, saved, attrs) {
        const equation = readEquation(
          (attrs as { readonly equation: string }).equation,
          saved.map(({ shape }) => shape),
        );
        return Object.fromEntries(saved.map((_, at) => [at, () => tidy(() => gradientOf(at, equation, dy as Tensor, saved))]));
      },
    });
    return () => {
      remove();
      unregisterGradient(Einsum);
    };
  },
};

interface EinsumCall {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly attrs: { readonly equation: string };
}
