import { type Key, type LayerContext, type Parameters, parameter } from '@longspan/core-tensor';
import { ConfigError, ShapeError } from '@longspan/core-tensor/error';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Throws unless each of the named options is a whole number of at least that much. */
export function requireWhole(door: string, options: Readonly<Record<string, number>>, atLeast: number): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && value >= atLeast) continue;
    throw new ConfigError({
      door,
      problem: `${name} is not a whole number of at least ${atLeast}.`,
      expected: `a whole number, ${atLeast} or more`,
      got: String(value),
      remedy: `give ${name} as a count of tokens, features or heads.`,
    });
  }
}

/** Throws unless the rate is a share that leaves something. */
export function requireRate(door: string, name: string, rate: number): void {
  if (rate >= 0 && rate < 1) return;
  throw new ConfigError({
    door,
    problem: `${name} is not a share of what can be dropped.`,
    expected: 'a number from 0 to below 1',
    got: String(rate),
    remedy: `use ${name}: 0.1 to drop a tenth while training, 0 for none.`,
  });
}

/** The parameter of that name, if it has that shape. */
function requireShape(door: string, parameters: Parameters, name: string, shape: readonly number[]): Tensor {
  const found = parameter(parameters, name, door);
  if (found.shape.join() === shape.join()) return found;
  throw new ShapeError({
    door,
    problem: `${name} is not of this layer's size.`,
    expected: `[${shape.join(', ')}]`,
    got: `[${found.shape.join(', ')}]`,
    remedy: 'load the parameters of a layer with the same sizes, or make the layer with the sizes of the checkpoint.',
  });
}

/** Parameters by name, if all are there with these shapes. */
export function requireShapes<Name extends string>(
  door: string,
  parameters: Parameters,
  shapes: Readonly<Record<Name, readonly number[]>>,
): Readonly<Record<Name, Tensor>> {
  const names = Object.keys(shapes) as Name[];
  return Object.fromEntries(names.map((name) => [name, requireShape(door, parameters, name, shapes[name])])) as Record<Name, Tensor>;
}

/**
 * The key that a layer's dropout draws from, or nothing where nothing is dropped.
 * @throws ConfigError when training with dropout but without a key
 */
export function dropoutKey(door: string, rate: number, context: LayerContext | undefined): Key | undefined {
  if (rate === 0 || context?.training !== true) return undefined;
  if (context.key !== undefined) return context.key;
  throw new ConfigError({
    door,
    problem: 'training with dropout needs a key.',
    expected: 'context.key',
    got: `{ training: true } with dropout ${rate}`,
    remedy: 'pass { training: true, key: createKey(seed).fold(step) }: the same key drops the same again.',
  });
}
