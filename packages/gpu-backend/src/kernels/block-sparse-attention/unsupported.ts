import { type AttentionCall, tensorsOfCall } from '@longspan/core-tensor/kernel';
import { blockCount } from '@longspan/core-tensor/layout';
import { listLength } from './lists.ts';
import { hasPairSums, slotsOf } from './slots.ts';
import { tableLength } from './tables.ts';
import { subTilesOf, tilesOf, workgroupBytes } from './tile.ts';

/** Why the kernels cannot take a call, as a sentence without a full stop; null where they can. Everything that a device limits is asked here. */
export function unsupported(limits: GPUSupportedLimits, call: AttentionCall): string | null {
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
  const numbers = [...tensorsOfCall(call).map(({ size }) => size), 4 * rows, rows * sizes.valueDim, tables];
  numbers.push(listLength(layout, layout.bitmaps), listLength(layout.transposed, layout.bitmaps));
  const largest = Math.max(4 * Math.max(...numbers), pairs);
  const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  if (largest > most) return `one of its tensors has ${largest} bytes, and the device binds ${most}`;
  const tiles = tilesOf(layout.blockSize, sizes, limits.maxComputeWorkgroupStorageSize);
  const longest = Math.max(
    blockCount(queryLength, layout.blockSize) * subTilesOf(layout.blockSize, tiles.query),
    blockCount(keyLength, layout.blockSize) * subTilesOf(layout.blockSize, tiles.key),
    batch * heads,
  );
  if (longest > limits.maxComputeWorkgroupsPerDimension) {
    return `its grid has ${longest} workgroups along one axis, and the device takes ${limits.maxComputeWorkgroupsPerDimension}`;
  }
  const memory = Math.max(...Object.values(tiles).map(workgroupBytes));
  if (memory > limits.maxComputeWorkgroupStorageSize) {
    return `it needs ${memory} bytes of workgroup memory, and the device has ${limits.maxComputeWorkgroupStorageSize}`;
  }
  return null;
}
