import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import {
  Einsum,
  getGradient,
  matMul,
  ones,
  registerGradient,
  reshape,
  sum,
  type Tensor,
  tidy,
  transpose,
  unregisterGradient,
} from '@tensorflow/tfjs-core';
import { replaceKernels } from '../../../tfjs/replace-kernels.ts';
import type { Kernel } from '../../kernel.ts';

/** A tensor whose axes have names, each of one letter. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: string;
}

interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

/**
 * Sums of products over named axes, pair by pair, each pair as one batched matrix product.
 * @param equation explicit, as in `bij,bjk->bik`; a letter at most once in each of its parts
 * @throws ConfigError for an invalid equation, and for tensors that are not float32; ShapeError where they do not fit it
 * @cost of the matrix products; operands whose axes stand in another order are transposed once
 */
function einsum(equation: string, tensors: readonly Tensor[]): Tensor {
  const { inputs, output } = parsed(equation);
  check(equation, { inputs, output }, tensors);
  const operands = inputs.map((labels, at): Labelled => ({ labels, tensor: tensors[at] as Tensor }));
  return tidy(() => {
    const [first, ...rest] = operands as [Labelled, ...Labelled[]];
    const whole = rest.reduce((left, right, at) => {
      const later = rest.slice(at + 1).map(({ labels }) => labels);
      return contracted(left, right, [output, ...later].join(''));
    }, first);
    // A copy: a kernel's result is never one of its inputs.
    return inOrder(summed(whole, output), output).clone();
  });
}

function parsed(equation: string): Equation {
  const [inputs = '', output = ''] = equation.replaceAll(/\s/g, '').split('->');
  return { inputs: inputs.split(','), output };
}

const caller = 'einsum';

function check(equation: string, { inputs, output }: Equation, tensors: readonly Tensor[]): void {
  const isOnce = (labels: string): boolean => new Set(labels).size === labels.length;
  const isEquation = /^[a-z]*(,[a-z]*)*->[a-z]*$/i.test(equation.replaceAll(/\s/g, ''));
  if (!isEquation || ![...inputs, output].every(isOnce) || without(output, inputs.join('')) !== '') {
    throw new ConfigError({
      caller,
      problem: "the equation must be explicit, as in 'bij,bjk->bik'.",
      expected: "letters for axes, as in 'bij,bjk->bik': once in each part, and in the output only those of the inputs",
      got: equation,
      remedy: "write the output after '->', and sums over a diagonal as a product with an identity matrix.",
    });
  }
  const extents = new Map<string, number>();
  const fits = tensors.every(
    ({ shape }, at) =>
      shape.length === inputs[at]?.length &&
      shape.every((extent, axis) => {
        const label = inputs[at]?.[axis] as string;
        if (!extents.has(label)) extents.set(label, extent);
        return extents.get(label) === extent;
      }),
  );
  if (inputs.length !== tensors.length || !fits) {
    throw new ShapeError({
      caller,
      problem: 'the tensors must fit the equation.',
      expected: `one tensor for each part of ${equation}, an axis for each letter, and equal letters of equal extents`,
      got: tensors.map(({ shape }) => `[${shape.join(', ')}]`).join(' and '),
      remedy: 'give the tensors in the order of the equation.',
    });
  }
  const other = tensors.find(({ dtype }) => dtype !== 'float32');
  if (other !== undefined) {
    throw new ConfigError({
      caller,
      problem: 'all tensors must be float32.',
      expected: 'float32 tensors on the wasm backend',
      got: other.dtype,
      remedy: "cast it: tf.cast(x, 'float32').",
    });
  }
}

const within = (labels: string, those: string): string => [...labels].filter((label) => those.includes(label)).join('');
const without = (labels: string, those: string): string => [...labels].filter((label) => !those.includes(label)).join('');

/** Both as one: what nobody keeps is summed away, as a matrix product where both have it. */
function contracted(left: Labelled, right: Labelled, kept: string): Labelled {
  const [a, b] = [summed(left, kept + right.labels), summed(right, kept + left.labels)];
  const shared = within(a.labels, b.labels);
  const [batch, inner] = [within(shared, kept), without(shared, kept)];
  const [rows, columns] = [without(a.labels, shared), without(b.labels, shared)];
  const product = matMul(asMatrices(a, batch, rows, inner), asMatrices(b, batch, inner, columns));
  const labels = batch + rows + columns;
  const extents = new Map([...extentsOf(a), ...extentsOf(b)]);
  return {
    labels,
    tensor: reshape(
      product,
      [...labels].map((label) => extents.get(label) as number),
    ),
  };
}

/** [batch, rows, columns], each some axes in one. */
function asMatrices(operand: Labelled, ...parts: readonly [batch: string, rows: string, columns: string]): Tensor {
  const extents = extentsOf(operand);
  const sizeOf = (labels: string): number => [...labels].reduce((size, label) => size * (extents.get(label) as number), 1);
  return reshape(inOrder(operand, parts.join('')), parts.map(sizeOf));
}

const extentsOf = ({ tensor, labels }: Labelled): ReadonlyMap<string, number> =>
  new Map([...labels].map((label, axis) => [label, tensor.shape[axis] as number]));

function summed({ tensor, labels }: Labelled, kept: string): Labelled {
  const axes = [...labels].flatMap((label, axis) => (kept.includes(label) ? [] : [axis]));
  return axes.length === 0 ? { tensor, labels } : { tensor: sum(tensor, axes), labels: within(labels, kept) };
}

const inOrder = ({ tensor, labels }: Labelled, order: string): Tensor =>
  labels === order
    ? tensor
    : transpose(
        tensor,
        [...order].map((label) => labels.indexOf(label)),
      );

/** Of the input `at`: the products of the cotangent with all others; along an axis that is its alone and summed away it is constant. */
function gradientOf(at: number, { inputs, output }: Equation, dy: Tensor, tensors: readonly Tensor[]): Tensor {
  const own = { labels: inputs[at] as string, tensor: tensors[at] as Tensor };
  const others = inputs.flatMap((labels, index) => (index === at ? [] : [{ labels, tensor: tensors[index] as Tensor }]));
  const lonely = without(own.labels, [output, ...others.map(({ labels }) => labels)].join(''));
  const extents = extentsOf(own);
  const constant = { labels: lonely, tensor: ones([...lonely].map((label) => extents.get(label) as number)) };
  const factors = [{ labels: output, tensor: dy }, ...others, ...(lonely === '' ? [] : [constant])];
  return einsum(
    `${factors.map(({ labels }) => labels).join(',')}->${own.labels}`,
    factors.map(({ tensor }) => tensor),
  );
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
        const equation = parsed((attrs as { readonly equation: string }).equation);
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
