import { clone, dispose, keep, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { packWeight } from '../weight/pack-weight.ts';
import { type PackedKind, requirePackedKind } from '../weight/packed-weight.ts';
import { checkParameters, specOf } from './check-parameters.ts';
import { scaleName } from './packed-parameters.ts';
import { type Parameters, requireParameters } from './parameter-record.ts';
import type { Spec } from './spec.ts';

/**
 * The parameters of a layer with the weights of all its linear maps packed (`packWeight`): the layer takes them as they are, trained beside
 * or not, saved and loaded like all others. Tables, norms and biases stay float32. Packed weights are constants: `trainable` makes variables
 * of them that no optimiser moves. In int8 the scale of a weight stands beside it, under its name with `_scale` behind it.
 * @shape weights [out, in] of linear maps -> int32 [out, ⌈in / 2⌉] of float16, [out, ⌈in / 4⌉] and scales [out] of int8; all others as they are
 * @returns a new record, whose tensors belong to the caller; those that are not packed share their numbers with the old ones
 * @throws ConfigError when a parameter of the layer is missing, for another kind, and of int8 for a number that is not finite; ShapeError
 *   for another shape
 * @cost one read of the weights, one after the other; half or a quarter of their bytes
 * @example
 * const layer = feedForward({ width: 4, innerWidth: 8 });
 * const packed = await packParameters(layer, layer.init(createKey(1)), 'int8');
 * packed['inner.weight'].shape; // => [8, 1]
 * Object.keys(packed); // => ['inner.weight', 'inner.weight_scale', 'inner.bias', 'outer.weight', 'outer.weight_scale', 'outer.bias']
 * layer.apply(packed, ones([3, 4])).shape; // => [3, 4]
 */
export async function packParameters(layer: { readonly spec: Spec }, parameters: Parameters, kind: PackedKind): Promise<Parameters> {
  const caller = 'packParameters';
  const spec = specOf(caller, layer);
  requireParameters(caller, parameters);
  checkParameters(caller, spec, parameters);
  requirePackedKind(caller, kind);
  const made: Record<string, Tensor> = {};
  // Of its own, whatever the caller disposes while numbers are read.
  const own = tidy(() => Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, keep(clone(tensor))])));
  try {
    for (const [name, tensor] of Object.entries(own)) {
      const isWeight = Object.hasOwn(spec, name) && spec[name]?.packable === true && tensor.dtype === 'float32';
      if (!isWeight) {
        made[name] = clone(tensor);
        continue;
      }
      const { numbers, scale } = await packWeight(tensor, kind);
      made[name] = numbers;
      if (scale !== undefined) made[scaleName(name)] = scale;
    }
    return made;
  } catch (error) {
    dispose(made);
    throw error;
  } finally {
    dispose(own);
  }
}
