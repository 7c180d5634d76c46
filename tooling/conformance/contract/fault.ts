import { concat, reshape, slice, type Tensor, tensor, zerosLike } from '@tensorflow/tfjs-core';
import type { Bound } from './bound-call.ts';
import type { Defined, Values } from './call.ts';

/** A mistake that a kernel could make. */
export interface Fault<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes>
  extends Mistake<Inputs, Outputs, Attributes> {
  readonly label: string;
  /** The label of a hard call that has to show it. */
  readonly shownBy: string;
}

export interface Mistake<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes> {
  /** Both passes are given another call than the one that was asked for. */
  readonly call?: (inputs: Inputs, attributes: Attributes) => { readonly inputs: Inputs; readonly attributes: Attributes };
  /** What becomes of the outputs. */
  readonly outputs?: (outputs: Outputs, inputs: Inputs, attributes: Attributes) => Outputs;
  /** What becomes of the gradients of the float inputs, in order. */
  readonly gradients?: (gradients: readonly Tensor[], inputs: Inputs, attributes: Attributes) => readonly Tensor[];
}

/** Puts the definition with a mistake, or with none, in front of the reference of the cpu backend. @returns takes it out again */
export function addFaulty<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes>(
  { contract, define, referenceTolerance }: Bound<Inputs, Outputs, Attributes>,
  { call = (inputs, attributes) => ({ inputs, attributes }), outputs, gradients }: Mistake<Inputs, Outputs, Attributes> = {},
): () => void {
  const defined = (inputs: Inputs, attributes: Attributes): Defined => {
    const asked = call(inputs, attributes);
    return define(asked.inputs.map(valuesOf), asked.attributes);
  };
  return contract.addKernel<readonly [...Outputs]>('cpu', {
    name: 'faulty',
    tolerance: { ...referenceTolerance, reason: 'it is the definition, but for a mistake' },
    forward(inputs, attributes) {
      const right = defined(inputs, attributes).outputs.map(asFloats) as readonly Tensor[] as Outputs;
      return [...(outputs === undefined ? right : outputs(right, inputs, attributes))];
    },
    gradient(saved, cotangents, attributes) {
      const inputs = saved.inputs as readonly Tensor[] as Inputs;
      const all = defined(inputs, attributes).gradients(cotangents.map((each) => each.dataSync()));
      const right = all.flatMap((values, at) => (values === null ? [] : [asFloats({ shape: (inputs[at] as Tensor).shape, values })]));
      const wrong = gradients === undefined ? right : gradients(right, inputs, attributes);
      let next = 0;
      return all.map((values) => (values === null ? null : (wrong[next++] as Tensor)));
    },
  });
}

const valuesOf = (each: Tensor): Values => ({ shape: each.shape, values: each.dataSync() });
const asFloats = ({ shape, values }: Values): Tensor => tensor(Float32Array.from(values), [...shape]);

/** Zeros in the place of the last row, or of the last number where there is one axis. */
export function lastRowUnwritten(out: Tensor): Tensor {
  const width = out.shape.length === 1 ? 1 : (out.shape.at(-1) as number);
  const rows = reshape(out, [-1, width]);
  const last = (rows.shape[0] as number) - 1;
  const written = slice(rows, [0, 0], [last, width]);
  return reshape(concat([written, zerosLike(slice(rows, [last, 0], [1, width]))]), out.shape);
}
