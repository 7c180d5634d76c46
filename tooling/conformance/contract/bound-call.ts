import type { Contract } from '@longspan/core-tensor/kernel';
import { dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { expectClose, type Tolerance } from '../../expect/close.ts';
import { leaked } from '../../expect/leaked.ts';
import type { CallTolerance } from '../block-sparse-attention/call.ts';
import type { ContractCall, Define, Values } from './call.ts';
import { guards } from './guards.ts';
import { asTensor, normals, type Operand } from './operand.ts';
import { gradientsOf, type Names, nameAt, outputsOf, pinned, type Results } from './results.ts';

/** A call together with its contract, whatever their types. */
export interface BoundCall {
  readonly label: string;
  /** How far the results of two kernels may be from each other. */
  readonly tolerance: CallTolerance;
  /** Outputs and gradients on the current backend, on the kernel that the contract chooses; the caller disposes them. */
  run(): Results;
  /** Throws unless the kernel of that name gives what the definition does, and writes nowhere else. */
  check(kernel: string): Promise<void>;
  /** Of the definition: along a random line through each operand the slope that its values have, and the one that its gradients say. */
  slopes(): readonly { readonly name: string; readonly slope: number; readonly gradient: number }[];
  /** What that kernel leaves behind, forward and backward. */
  leaks(kernel: string): Promise<{ readonly tensors: number; readonly buffers: number }[]>;
}

export interface Bound<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes> {
  readonly contract: Contract<Inputs, Outputs, Attributes>;
  readonly names: Names;
  /** For contracts whose tensors depend on the call: what those of a call are called, instead. */
  readonly namesOf?: ((call: ContractCall<Attributes>) => Pick<Names, 'inputs' | 'outputs'>) | undefined;
  readonly define: Define<Attributes>;
  /** How far the reference may be from the definition. */
  readonly referenceTolerance: Tolerance;
}

export function boundCall<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes>(
  { contract, names: ofAll, namesOf, define, referenceTolerance }: Bound<Inputs, Outputs, Attributes>,
  call: ContractCall<Attributes>,
): BoundCall {
  const { label, attributes } = call;
  const names: Names = { ...ofAll, ...namesOf?.(call) };
  const cotangentOf = ({ shape }: { readonly shape: readonly number[] }, at: number): Operand =>
    normals(`cotangent ${at} of ${label}`, shape);
  const cotangentsOf = (outputs: readonly Tensor[]): readonly Tensor[] => outputs.map((output, at) => asTensor(cotangentOf(output, at)));
  const inputsOf = (make: (operand: Operand) => Tensor): Inputs => call.operands().map(make) as readonly Tensor[] as Inputs;

  const expected = (): ReadonlyMap<string, Values> => {
    const operands = call.operands();
    const { outputs, gradients } = define(operands, attributes);
    const numbers = new Map(outputs.map((output, at) => [nameAt(names.outputs, at), output]));
    if (!names.isDifferentiable) return numbers;
    gradients(outputs.map((output, at) => cotangentOf(output, at).values)).forEach((values, at) => {
      if (values !== null) numbers.set(`gradient of ${nameAt(names.inputs, at)}`, { shape: (operands[at] as Operand).shape, values });
    });
    return numbers;
  };

  return {
    label,
    tolerance: toleranceBetween(referenceTolerance, call),
    run: () =>
      tidy(() => {
        const inputs = inputsOf(asTensor);
        const run = (given: Inputs): Outputs => contract.run(given, attributes);
        const outputs = outputsOf(names, () => run(inputs));
        return names.isDifferentiable ? { ...outputs, ...gradientsOf(names, inputs, run, cotangentsOf) } : outputs;
      }),
    async check(kernel) {
      const known = expected();
      const beside = guards();
      const inputs = inputsOf((operand) => beside.around(() => asTensor(operand)));
      const ours = pinned(contract, kernel);
      const reason = ours.unsupported({ inputs, attributes });
      if (reason !== null) throw new Error(`${kernel} does not take ${label}: ${reason}`);
      const run = (given: Inputs): Outputs => ours.run(given, attributes);
      const sizes = [...known.values()].map(({ values }) => [values.length]);
      beside.poison(sizes);
      const outputs = outputsOf(names, () => run(inputs));
      beside.poison(sizes);
      const gradients = names.isDifferentiable ? gradientsOf(names, inputs, run, cotangentsOf) : {};

      const results = Object.entries({ ...outputs, ...gradients });
      const said = (each: Iterable<readonly [string, { readonly shape: readonly number[] }]>): string =>
        Array.from(each, ([name, { shape }]) => `${name} [${shape.join(', ')}]`).join(', ');
      if (said(results) !== said(known)) throw new Error(`${label}: gave ${said(results)}, expected ${said(known)}`);
      const base = ours.tolerance ?? (kernel === 'reference' ? referenceTolerance : { atol: 0, rtol: 0 });
      for (const [name, result] of results) {
        if (result.dtype !== 'float32') throw new Error(`${name} of ${label}: ${result.dtype}, expected float32`);
        const numbers = Float32Array.from((known.get(name) as Values).values);
        expectSame(await result.data(), numbers, allowed(base, call, name, numbers), `${name} of ${label}`);
      }
      await expectUntouched(inputs, call.operands(), label);
      const changed = await beside.changed();
      if (changed > 0) throw new Error(`${label}: ${changed} numbers beside operands and results were written to`);
      dispose([[...inputs], { ...outputs }, { ...gradients }]);
    },
    slopes() {
      const operands = call.operands();
      const defined = define(operands, attributes);
      const cotangents = defined.outputs.map((output, at) => cotangentOf(output, at).values);
      const gradients = defined.gradients(cotangents);
      return gradients.flatMap((gradient, at) => {
        const operand = operands[at] as Operand;
        if (gradient === null) return [];
        const direction = normals(`direction ${at} of ${label}`, operand.shape).values;
        const along = (step: number): number => {
          const values = Array.from(operand.values, (value, index) => value + step * (direction[index] as number));
          const { outputs } = define(
            operands.map((other, nth) => (nth === at ? { ...operand, values } : other)),
            attributes,
          );
          return outputs.reduce((sum, output, nth) => sum + dot(output.values, cotangents[nth] as ArrayLike<number>), 0);
        };
        const step = 1e-5;
        const slope = (along(step) - along(-step)) / (2 * step);
        return [{ name: `${nameAt(names.inputs, at)} of ${label}`, slope, gradient: dot(gradient, direction) }];
      });
    },
    async leaks(kernel) {
      const inputs = inputsOf(asTensor);
      const run = (given: Inputs): Outputs => pinned(contract, kernel).run(given, attributes);
      const forward = await leaked(() => [...run(inputs)]);
      const backward = names.isDifferentiable ? [await leaked(() => ({ ...gradientsOf(names, inputs, run, cotangentsOf) }))] : [];
      dispose([...inputs]);
      return [forward, ...backward];
    },
  };
}

/** Each of the two may be off from the definition. */
function toleranceBetween({ atol, rtol }: Tolerance, { looser = 1, growsWithLargest = false }: ContractCall<unknown>): CallTolerance {
  const both = { atol: 2 * looser * atol, rtol: 2 * looser * rtol };
  return { forward: both, backward: both, growsWithLargest };
}

const dot = (one: ArrayLike<number>, other: ArrayLike<number>): number =>
  Array.from(one).reduce((sum, each, at) => sum + each * (other[at] as number), 0);

function allowed(
  { atol, rtol }: Tolerance,
  { looser = 1, scales = {}, growsWithLargest }: ContractCall<unknown>,
  name: string,
  expected: ArrayLike<number>,
): Tolerance {
  const sizes = growsWithLargest === true ? Array.from(expected, Math.abs).filter(Number.isFinite) : [];
  const largest = sizes.reduce((one, other) => Math.max(one, other), 1);
  return { atol: atol * looser * (scales[name.replace(/ of \d+$/, '')] ?? 1) * largest, rtol: rtol * looser };
}

/** As `expectClose`, but NaN is expected where the definition has NaN, and nowhere else. */
function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance, label: string): void {
  const numbers = (values: ArrayLike<number>): number[] =>
    Array.from(values, (value, at) => (Number.isNaN(expected[at]) ? (Number.isNaN(value) ? 0 : Number.NaN) : value));
  const known = Array.from(expected, (value) => (Number.isNaN(value) ? 0 : value));
  expectClose(numbers(actual), known, tolerance, label);
}

async function expectUntouched(inputs: readonly Tensor[], operands: readonly Operand[], label: string): Promise<void> {
  for (const [at, input] of inputs.entries()) {
    const numbers = await input.data();
    const { values } = operands[at] as Operand;
    if (numbers.some((value, index) => !Object.is(value, values[index]))) throw new Error(`${label}: input ${at} was written to`);
  }
}
