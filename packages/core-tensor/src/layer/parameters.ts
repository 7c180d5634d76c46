import { requireKind } from '../error/index.ts';
import { type Parameters, requireParameters } from './parameter-record.ts';

export type { Parameters } from './parameter-record.ts';

/**
 * The same tensors under longer names: `weight` becomes `prefix.weight`. An empty prefix changes no name.
 * @cost no tensor operations
 * @example
 * Object.keys(prefixed('query', { weight: zeros([2]) })); // => ['query.weight']
 */
export function prefixed(prefix: string, parameters: Parameters): Parameters {
  requireKind('prefixed', 'prefix', prefix, 'text');
  requireParameters('prefixed', parameters);
  const start = prefix === '' ? '' : `${prefix}.`;
  return Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [start + name, tensor]));
}

/**
 * The tensors below a prefix, under the rest of their names: the reverse of `prefixed`. None is no error, for a layer may have none.
 * @cost no tensor operations
 * @example
 * Object.keys(scoped('query', { 'query.weight': zeros([2]), 'key.weight': zeros([2]) })); // => ['weight']
 */
export function scoped(prefix: string, parameters: Parameters): Parameters {
  requireKind('scoped', 'prefix', prefix, 'text');
  requireParameters('scoped', parameters);
  const start = prefix === '' ? '' : `${prefix}.`;
  const below = Object.entries(parameters).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(below.map(([name, tensor]) => [name.slice(start.length), tensor]));
}

/**
 * Disposes all tensors of a record; those that were disposed before, or stand under two names, do no harm.
 * @cost no tensor operations
 */
export function disposeParameters(parameters: Parameters): void {
  requireKind('disposeParameters', 'parameters', parameters, 'record');
  for (const [name, tensor] of Object.entries(parameters)) {
    requireKind('disposeParameters', name, tensor, 'tensor');
    tensor.dispose();
  }
}
