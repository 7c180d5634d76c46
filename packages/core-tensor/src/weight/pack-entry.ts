import { requireKind, ShapeError, show } from '../error/index.ts';
import type { SafetensorsEntry } from '../safetensors/index.ts';
import { floatsOf, requireEntry } from '../safetensors/to-tensor.ts';
import { packed } from './pack-weight.ts';
import { type PackedKind, type PackedWeight, requirePackedKind } from './packed-weight.ts';

/**
 * Packs the weight of a linear map as it is read from a file: as `packWeight`, but its numbers are never a tensor of float32. F16 in, float16
 * out: the same bits.
 * @returns a record of new tensors, which belongs to the caller (`dispose(packed)`)
 * @throws ShapeError when the entry is not [out, in], or is empty; ConfigError for another kind, for integers, and of int8 when a number is
 *   not finite
 * @cost 2 · out · in bytes of float16; out · in + 4 · out of int8 (rows are filled up to whole words)
 * @example
 * const bytes = writeSafetensors({ tensors: { w: { dtype: 'F16', shape: [1, 2], values: new Float32Array([1, 0.1]) } } });
 * const packed = packEntry(readSafetensors(bytes).tensors.get('w'), 'float16');
 * await (await unpackWeight(packed)).data(); // => [1, 0.0999755859375]
 */
export function packEntry(entry: SafetensorsEntry, kind: PackedKind): PackedWeight {
  requireKind('packEntry', 'entry', entry, 'record');
  requireEntry('packEntry', entry);
  requirePackedKind('packEntry', kind);
  const { name, shape } = entry;
  const [out, width] = shape;
  if (out === undefined || width === undefined || shape.length !== 2 || out * width === 0) {
    throw new ShapeError({
      caller: 'packEntry',
      problem: `the tensor ${JSON.stringify(name)} must be the weight of a linear map.`,
      expected: '[out, in], both above 0',
      got: show(shape),
      remedy: 'make a tensor of it with toTensor(entry).',
    });
  }
  return packed('packEntry', floatsOf('packEntry', entry), [out, width], kind);
}
