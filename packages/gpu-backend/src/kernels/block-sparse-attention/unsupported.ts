import { type AttentionCall, isLearned } from '@longspan/core-tensor/kernel';
import { blockCount } from '@longspan/core-tensor/layout';
import type { Precision } from '../../device/precision.ts';
import { gridOfTiles } from './grid.ts';
import { listLength } from './lists.ts';
import { bytesOfGroup, partsOf } from './parts.ts';
import { hasPairSums, slotsOf } from './slots.ts';
import { tableLength } from './tables.ts';
import { cutOf, subTilesOf, type Tile, tileChoices, tilesOf, workgroupBytes } from './tile.ts';

/** Why the kernels cannot take a call, as a sentence without a full stop; null where they can. Everything that a device limits is asked here. */
export function unsupported(limits: GPUSupportedLimits, call: AttentionCall, precision: Precision = 'float32'): string | null {
  const { sizes, layout } = call;
  const { batch, heads, queryLength, keyLength } = sizes;
  if (Object.values(sizes).some((size) => size === 0)) return 'it is empty';
  const tables = tableLength(call);
  const bindings = 8 + (tables > 0 ? 1 : 0);
  if (bindings > limits.maxStorageBuffersPerShaderStage) {
    return `it needs ${bindings} storage buffers, and the device has ${limits.maxStorageBuffersPerShaderStage}`;
  }
  const pairs = hasPairSums(call) ? 4 * slotsOf(call) * layout.blockSize ** 2 : 0;
  const rows = batch * heads * queryLength;
  const share = heads / sizes.keyHeads;
  const most = limits.maxComputeWorkgroupsPerDimension;
  const isParted = partsOf(limits, call).length > 0 || share > most;
  const whole = 4 * Math.max(tables, listLength(layout, layout.bitmaps), listLength(layout.transposed, layout.bitmaps));
  const summed = call.terms.some(isLearned) ? 4 * 4 * rows : 0; // of each row what the terms' gradients add up
  const bound = Math.max(isParted ? 0 : bytesOfGroup(sizes) + limits.minStorageBufferOffsetAlignment, whole, summed, pairs);
  if (bound > limits.maxStorageBufferBindingSize) {
    return `one of its bindings has ${bound} bytes, and the device binds ${limits.maxStorageBufferBindingSize}`;
  }
  const largest = 4 * rows * Math.max(sizes.valueDim, 4);
  if (largest > limits.maxBufferSize) return `one of its tensors has ${largest} bytes, and the device makes ${limits.maxBufferSize}`;
  const tiles = tilesOf(cutOf(limits, call, precision, tileChoices[0]), sizes);
  const along = (length: number, tile: Tile, groups: number): readonly number[] =>
    gridOfTiles(limits, blockCount(length, layout.blockSize) * subTilesOf(layout.blockSize, tile), groups, tile.slices);
  const longest = Math.max(
    ...along(queryLength, tiles.query, share),
    ...along(queryLength, tiles.forward, share),
    ...along(keyLength, tiles.key, 1),
  );
  if (longest > most) return `its grid has ${longest} workgroups along one axis, and the device takes ${most}`;
  const memory = Math.max(...Object.values(tiles).map(workgroupBytes));
  if (memory > limits.maxComputeWorkgroupStorageSize) {
    return `it needs ${memory} bytes of workgroup memory, and the device has ${limits.maxComputeWorkgroupStorageSize}`;
  }
  return null;
}
