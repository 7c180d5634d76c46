import { createKey, normal } from '@longspan/core-tensor';
import type { Contract } from '@longspan/core-tensor/kernel';
import { expectClose, leaked, poison } from '@longspan/tooling/expect';
import { add, dispose, engine, mul, reshape, type Scalar, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kernel } from '../src/kernels/kernel.ts';
import { onBuilds } from './builds.ts';

export interface ContractCase<Inputs, Attributes> {
  readonly label: string;
  readonly make: () => { readonly inputs: Inputs; readonly attributes: Attributes };
  /** For calls whose numbers are large, times the kernel's. */
  readonly looser?: number;
}

/** Holds a kernel of this package, in each build, against the contract's reference: results, gradients by random cotangents, leaks. */
export function againstReference<Inputs extends readonly Tensor[], Outputs extends readonly Tensor[], Attributes>(
  contract: Contract<Inputs, Outputs, Attributes>,
  kernel: Kernel,
  cases: readonly ContractCase<Inputs, Attributes>[],
): void {
  onBuilds(contract.name, (runtime) => {
    let remove: () => void;
    beforeAll(() => {
      remove = kernel.add(runtime);
    });
    afterAll(() => remove());

    const kernels = () => {
      const [ours, reference] = contract.kernels('wasm');
      if (ours === undefined || reference === undefined) throw new Error('the kernel is not there: this would compare nothing');
      return { ours, reference };
    };

    describe.each(cases)('$label', ({ make, looser = 1 }) => {
      const toleranceOf = ({ atol = 0, rtol = 0 }: { atol?: number; rtol?: number } = {}) => ({ atol: looser * atol, rtol: looser * rtol });

      it('gives the results of the reference', async () => {
        const { inputs, attributes } = make();
        const { ours, reference } = kernels();
        expect(ours.unsupported({ inputs, attributes })).toBeNull(); // the reference is never compared with itself
        const expected = reference.run(inputs, attributes);
        poison([...expected, ...expected].map(({ shape }) => shape));
        const actual = ours.run(inputs, attributes);
        expect(actual.map(({ shape, dtype }) => [shape, dtype])).toEqual(expected.map(({ shape, dtype }) => [shape, dtype]));
        for (const [at, each] of actual.entries()) {
          const label = `output ${at}`;
          expectSame(await each.data(), await (expected[at] as Tensor).data(), toleranceOf(ours.tolerance), label);
        }
        dispose([[...inputs], [...expected], [...actual]]);
      });

      it('gives the gradients of the reference', async () => {
        const { inputs, attributes } = make();
        const { ours, reference } = kernels();
        const gradientsOf = (kernel: typeof ours): Tensor[] => gradients(inputs, (given) => kernel.run(given, attributes));
        const expected = gradientsOf(reference);
        poison([...expected, ...expected].map(({ shape }) => shape));
        const actual = gradientsOf(ours);
        expect(actual.length).toBe(expected.length);
        for (const [at, each] of actual.entries()) {
          expectSame(await each.data(), await (expected[at] as Tensor).data(), toleranceOf(ours.tolerance), `gradient ${at}`);
        }
        dispose([[...inputs], expected, actual]);
      });

      it('leaves nothing behind', async () => {
        const { inputs, attributes } = make();
        const { ours } = kernels();
        expect(await leaked(() => [...ours.run(inputs, attributes)])).toEqual({ tensors: 0, buffers: 0 });
        expect(await leaked(() => gradients(inputs, (given) => ours.run(given, attributes)))).toEqual({ tensors: 0, buffers: 0 });
        dispose([...inputs]);
      });
    });
  });
}

/** As `expectClose`, but NaN is expected where the reference has NaN. */
function expectSame(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: { readonly atol: number; readonly rtol: number },
  label: string,
): void {
  const isNaNAt = (values: ArrayLike<number>): boolean[] => Array.from(values, Number.isNaN);
  const where = isNaNAt(expected);
  if (where.some((each) => each)) expect(isNaNAt(actual)).toEqual(where);
  const numbers = (values: ArrayLike<number>): number[] => Array.from(values, (value, at) => (where[at] ? 0 : value));
  expectClose(numbers(actual), numbers(expected), tolerance, label);
}

/** Of all float inputs, under random cotangents of all outputs. */
function gradients<Inputs extends readonly Tensor[]>(inputs: Inputs, run: (inputs: Inputs) => readonly Tensor[]): Tensor[] {
  const floats = inputs.filter(({ dtype }) => dtype === 'float32');
  return tidy(() => {
    const read = (): Scalar =>
      run(inputs)
        .map((out, at) => sum(mul(out, normal(createKey(`cotangent ${at}`), out.shape))))
        .reduce((one, other) => add(one, other)) as Scalar;
    return engine().gradients(() => reshape(read(), []), floats).grads;
  });
}

/** Normal numbers that depend on the name. */
export const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);
