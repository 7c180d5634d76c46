import type { Tensor } from '@tensorflow/tfjs-core';
import { isRecord, isStamped, requireKind, ShapeError } from '../error/index.ts';
import { checkKind } from '../tensor/dims.ts';
import { missing } from './lens.ts';
import { packedShape, requirePackedParameter, scaleName, weightOfScale } from './packed-parameters.ts';
import { type Parameters, requireParameters, requireRecordOfTensors } from './parameter-record.ts';
import { type ParameterSpec, requireDraws, type Spec } from './spec.ts';

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
export function differences(spec: Spec, parameters: Readonly<Record<string, Stored>>): ParameterDifference {
  const found = (name: string) => Object.hasOwn(parameters, name);
  const shapeOf = (name: string, each: ParameterSpec): readonly number[] => {
    if (!isPackedIn(each, parameters[name])) return each.shape;
    return packedShape(found(scaleName(name)) ? 'int8' : 'float16', each.shape);
  };
  return {
    missing: Object.keys(spec).filter((name) => !found(name)),
    unexpected: Object.keys(parameters).filter((name) => !isRead(spec, parameters, name)),
    misshapen: Object.entries(spec).flatMap(([name, each]) =>
      found(name) && !fits(shapeOf(name, each), parameters[name]?.shape) ? [name] : [],
    ),
  };
}

/** What is known of a tensor before it is made. */
interface Stored {
  readonly shape: readonly number[];
  readonly dtype: Tensor['dtype'];
}

const isPackedIn = ({ packable }: ParameterSpec, found: Stored | undefined): boolean => packable === true && found?.dtype === 'int32';

/** Whether a layer reads what has that name: a parameter, or the scale of a packed one. */
export function isRead(spec: Spec, parameters: Readonly<Record<string, Stored>>, name: string): boolean {
  if (Object.hasOwn(spec, name)) return true;
  const weight = weightOfScale(name);
  return weight !== undefined && Object.hasOwn(spec, weight) && isPackedIn(spec[weight] as ParameterSpec, parameters[weight]);
}

/**
 * Throws unless each parameter is there in its shape. Layers do it before their first operation: what a throw leaves behind under a
 * gradient tape is lost.
 */
export function checkParameters(caller: string, spec: Spec, parameters: Parameters): void {
  requireRecordOfTensors(caller, parameters);
  for (const [name, each] of Object.entries(spec)) {
    const { shape } = each;
    const found = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (found === undefined) throw missing(caller, 'parameter', name, Object.keys(parameters));
    if (isPackedIn(each, found)) {
      checkKind(caller, `the parameter ${name}`, found);
      requirePackedParameter(caller, name, shape, { numbers: found, scale: parameters[scaleName(name)] });
      continue;
    }
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
