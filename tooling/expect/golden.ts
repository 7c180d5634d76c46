import { readFile } from 'node:fs/promises';
import { type Parameters, readSafetensors } from '@longspan/core-tensor';
import { dispose, mul, type Scalar, sum, type Tensor, tensor, variable, variableGrads } from '@tensorflow/tfjs-core';
import { expectClose, type Tolerance } from './close.ts';

/** One case of tooling/golden, its tensors on the current backend. */
export interface Golden {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tolerance: Tolerance;
  /** All tensors under their full names; the test disposes them. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** An integer tensor [rows, columns] as lists of the host. */
  rows(name: string): readonly (readonly number[])[] | undefined;
}

export async function readGolden(path: string): Promise<Golden> {
  const file = readSafetensors(await readFile(new URL(`../golden/${path}.safetensors`, import.meta.url)));
  const entries = [...file.tensors].map(([name, entry]) => ({ ...entry, name, numbers: Array.from(entry.values(), Number) }));
  return {
    config: JSON.parse(file.metadata['config'] ?? '{}'),
    tolerance: JSON.parse(file.metadata['tolerance'] ?? '{}'),
    tensors: Object.fromEntries(
      entries.map(({ name, dtype, shape, numbers }) => [name, tensor(numbers, [...shape], dtype === 'I32' ? 'int32' : 'float32')]),
    ),
    rows(name) {
      const entry = entries.find((one) => one.name === name);
      if (entry === undefined) return undefined;
      const columns = entry.shape.at(-1) as number;
      return Array.from({ length: entry.numbers.length / columns }, (_, row) => entry.numbers.slice(row * columns, (row + 1) * columns));
    },
  };
}

/** The tensors below a prefix, under the rest of their names. */
export const below = (tensors: Readonly<Record<string, Tensor>>, prefix: string): Parameters =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, each]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), each]] : [])),
  );

/** Compares the output, and the gradients of all parameters and inputs for which the case has one. */
export async function expectGolden(
  { tensors, tolerance }: Golden,
  output: string,
  run: (parameters: Parameters, inputs: Readonly<Record<string, Tensor>>) => Tensor,
): Promise<void> {
  const wanted = Object.keys(tensors).filter((name) => name.startsWith('grad.'));
  const variables = Object.fromEntries(
    wanted.map((name) => [name.slice('grad.'.length), variable(tensors[name.slice('grad.'.length)] as Tensor)]),
  );
  const all = { ...tensors, ...variables };
  const { value, grads } = variableGrads(
    (): Scalar => sum(mul(run(below(all, 'param.'), below(all, 'in.')), tensors[`cot.${output}`] as Tensor)),
  );
  const again = run(below(tensors, 'param.'), below(tensors, 'in.'));
  expectClose(await again.data(), await (tensors[`out.${output}`] as Tensor).data(), tolerance, `out.${output}`);
  for (const [name, each] of Object.entries(variables)) {
    const gradient = grads[each.name];
    if (gradient === undefined) throw new Error(`no gradient of ${name}`);
    expectClose(await gradient.data(), await (tensors[`grad.${name}`] as Tensor).data(), tolerance, `grad.${name}`);
  }
  dispose([value, again, grads, variables]);
}
