import type { Tensor } from '@tensorflow/tfjs-core';
import { isRecord, isStamped, requireKind, ShapeError } from '../error/index.ts';
import { checkKind } from '../tensor/dims.ts';
import { missing } from './lens.ts';
import { type Parameters, requireParameters, requireRecordOfTensors } from './parameter-record.ts';
import { requireDraws, type Spec } from './spec.ts';

/** How the parameters of a checkpoint differ from those of a layer. */
export interface ParameterDifference {
  /** Names that the layer needs and the record lacks. */
  readonly missing: readonly string[];
  /** Names that the record has and the layer does not read. */
  readonly unexpected: readonly string[];
  /** Names whose tensors have another shape than the layer's. */
  readonly misshapen: readonly string[];
}

/**
 * Compares a record of parameters, such as a checkpoint's, with what a layer declares.
 * @cost no tensor operations
 * @example
 * const layer = linear({ inFeatures: 2, outFeatures: 3 });
 * compareParameters(layer, { weight: zeros([3, 2]), scale: zeros([1]) }); // => { missing: ['bias'], unexpected: ['scale'], misshapen: [] }
 */
export function compareParameters(layer: { readonly spec: Spec }, parameters: Parameters): ParameterDifference {
  const spec = specOf('compareParameters', layer);
  requireParameters('compareParameters', parameters);
  return differences(spec, parameters);
}

/** The same of what has shapes, checked. */
export function differences(spec: Spec, parameters: Readonly<Record<string, Pick<Tensor, 'shape'>>>): ParameterDifference {
  const found = (name: string) => Object.hasOwn(parameters, name);
  return {
    missing: Object.keys(spec).filter((name) => !found(name)),
    unexpected: Object.keys(parameters).filter((name) => !Object.hasOwn(spec, name)),
    misshapen: Object.entries(spec).flatMap(([name, { shape }]) => (found(name) && !fits(shape, parameters[name]?.shape) ? [name] : [])),
  };
}

/**
 * Throws unless each parameter is there in its shape. Layers do it before their first operation: what a throw leaves behind under a
 * gradient tape is lost.
 */
export function checkParameters(caller: string, spec: Spec, parameters: Parameters): void {
  requireRecordOfTensors(caller, parameters);
  for (const [name, { shape }] of Object.entries(spec)) {
    const found = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (found === undefined) throw missing(caller, 'parameter', name, Object.keys(parameters));
    checkKind(caller, `the parameter ${name}`, found, shape.map(String), 'float32');
    if (fits(shape, found.shape)) continue;
    throw new ShapeError({
      caller,
      problem: `the parameter ${name} must have the shape that the layer was made with.`,
      expected: `[${shape.join(', ')}]`,
      got: `[${found.shape.join(', ')}]`,
      remedy: 'load the parameters of a layer with the same sizes, or make the layer with the sizes of the checkpoint.',
    });
  }
}

/** The spec of a layer, or of what has one. @throws ConfigError when it is no layer */
export function specOf(caller: string, layer: { readonly spec: Spec }): Spec {
  if (!isRecord(layer) || !isRecord(layer.spec)) requireKind(caller, 'layer', layer, 'layer');
  if (!isStamped(layer)) requireDraws(caller, layer.spec);
  return layer.spec;
}

const fits = (shape: readonly number[], found: readonly number[] | undefined): boolean =>
  found !== undefined && found.length === shape.length && shape.every((size, axis) => size === found[axis]);
