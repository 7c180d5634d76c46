import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, ShapeError } from '../error/index.ts';

/** A layer's weights: a flat record under dotted names, the names of the Hugging Face checkpoint of that family. */
export type Parameters = Readonly<Record<string, Tensor>>;

/**
 * The same tensors under longer names: `weight` becomes `prefix.weight`. An empty prefix changes no name.
 * @cost no tensor operations
 * @example
 * Object.keys(prefixed('query', { weight: zeros([2]) })); // => ['query.weight']
 */
export function prefixed(prefix: string, parameters: Parameters): Parameters {
  const start = prefix === '' ? '' : `${prefix}.`;
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [start + name, tensor]));
}

/**
 * The tensors below a prefix, under the rest of their names: the reverse of `prefixed`. None is no error, for a layer may have none.
 * @cost no tensor operations
 * @example
 * Object.keys(scoped({ 'query.weight': zeros([2]), 'key.weight': zeros([2]) }, 'query')); // => ['weight']
 */
export function scoped(parameters: Parameters, prefix: string): Parameters {
  const start = prefix === '' ? '' : `${prefix}.`;
  const below = Object.entries(parameters).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(below.map(([name, tensor]) => [name.slice(start.length), tensor]));
}

/**
 * The parameter of that name.
 * @param caller the layer or function that needs it, for the message
 * @param shape its size in that layer; any when absent
 * @throws ConfigError that names it and the names most like it; ShapeError where it has another shape
 * @cost no tensor operations
 * @example
 * parameter({ weight: zeros([2, 3]) }, 'weight', 'linear').shape; // => [2, 3]
 */
export function parameter(parameters: Parameters, name: string, caller: string, shape?: readonly number[]): Tensor {
  const found = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (found === undefined) throw missing(parameters, name, caller);
  if (shape === undefined || shape.join() === found.shape.join()) return found;
  throw new ShapeError({
    caller,
    problem: `${name} is not of this layer's size.`,
    expected: `[${shape.join(', ')}]`,
    got: `[${found.shape.join(', ')}]`,
    remedy: 'load the parameters of a layer with the same sizes, or make the layer with the sizes of the checkpoint.',
  });
}

function missing(parameters: Parameters, name: string, caller: string): ConfigError {
  const names = Object.keys(parameters);
  const near = nearest(name, names);
  return new ConfigError({
    caller,
    problem: `the parameter ${name} is missing.`,
    expected: `a tensor under ${name}`,
    got: names.length === 0 ? 'no parameters' : `${near.join(', ')}${names.length > near.length ? `, … (${names.length} names)` : ''}`,
    remedy: 'give the record of init(key), or of a checkpoint of this family below its prefix: scoped(parameters, prefix).',
  });
}

/**
 * How many numbers the parameters hold. A tensor that stands under two names (tied weights) counts once.
 * @cost no tensor operations
 * @example
 * countParameters({ weight: zeros([2, 3]), bias: zeros([2]) }); // => 8
 */
export function countParameters(parameters: Parameters): number {
  let count = 0;
  for (const tensor of new Set(Object.values(parameters))) count += tensor.size;
  return count;
}

/**
 * Disposes all tensors of a record; those that were disposed before, or stand under two names, do no harm.
 * @cost no tensor operations
 */
export function disposeParameters(parameters: Parameters): void {
  for (const tensor of Object.values(parameters)) tensor.dispose();
}

/** The five names that need the fewest changes to become the wanted one, in that order. */
function nearest(wanted: string, names: readonly string[]): readonly string[] {
  return names
    .map((name) => ({ name, changes: changesBetween(wanted, name) }))
    .sort((a, b) => a.changes - b.changes)
    .slice(0, 5)
    .map(({ name }) => name);
}

/** Letters to insert, delete or replace (Levenshtein 1965). */
function changesBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (above[j - 1] as number) + (one[i - 1] === other[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
  }
  return row[other.length] as number;
}
