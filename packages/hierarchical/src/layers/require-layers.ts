import { requireInteger, requireKind } from '@longspan/core-tensor/error';

/** Layers of one kind in a model, at the most: far more than any has, and few enough to be made. */
const mostLayers = 10_000;

/** Throws unless each is a number of layers that can be made. */
export function requireLayers(caller: string, counts: Readonly<Record<string, unknown>>, atLeast: 0 | 1): void {
  requireInteger(caller, counts, atLeast, { atMost: mostLayers });
}

/**
 * Throws unless it is a list of numbers of layers, each of at least 1, that can be made one by one and together.
 * @returns a copy, which later changes by the caller do not reach
 */
export function requireLayerList(caller: string, name: string, counts: ArrayLike<number>): readonly number[] {
  requireKind(caller, name, counts, 'list');
  const remedy = `give ${name} fewer layers.`;
  requireInteger(caller, { [`${name}.length`]: counts.length }, 0, { atMost: mostLayers, remedy });
  const copy = Array.from(counts);
  for (const [at, count] of copy.entries()) requireLayers(caller, { [`${name}[${at}]`]: count }, 1);
  const sum = copy.reduce((all, count) => all + count, 0);
  requireInteger(caller, { [`the sum of ${name}`]: sum }, 0, { atMost: mostLayers, remedy });
  return copy;
}
