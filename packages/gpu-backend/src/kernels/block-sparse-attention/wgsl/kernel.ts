import { type Tile, threadsOf } from '../tile.ts';
import { productMemory } from './products.ts';
import { unusual, unusualRows } from './unusual.ts';

/** What every tiled kernel declares besides its bindings. */
export const tiledMemory = (tile: Tile): string => `
${productMemory(tile)}
var<workgroup> partial: array<vec4f, ${threadsOf(tile)}>;
${unusual}
${unusualRows}
const least = -3.4028234663852886e38;`;

/**
 * The beginning of `main`: which rows this workgroup owns, [first, end) of the sequence, and the thread's own four of them. Sub-tiles of a
 * sequence lie along x, and where x is too short, go on along z.
 */
export const ownRows = (tile: Tile, side: 'query' | 'key'): string => `
@compute @workgroup_size(${threadsOf(tile)})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) t: u32) {
  let place = group.x + (group.z / ${tile.slices}u) * groups.x;
  if (place >= u.${side}Blocks * u.subTiles) { return; }
  let sliceNumber = group.z % ${tile.slices}u;
  let rowThread = t / ${tile.columnThreads}u;
  let columnThread = t % ${tile.columnThreads}u;
  let ownBlock = place / u.subTiles;
  let inner = (place % u.subTiles) * ${tile.rows}u;
  let firstOwn = ownBlock * u.blockSize + inner;
  let end = min(min(firstOwn + ${tile.rows}u, (ownBlock + 1u) * u.blockSize), u.${side}Length);
  let own = firstOwn + 4u * rowThread;
  let slice = sliceNumber * ${tile.parts * tile.columnThreads}u;
  let headVectors = (u.headDim + 3u) / 4u;
  let valueVectors = (u.valueDim + 3u) / 4u;
  var turn = 0u;
  var sawBits = 0u;
  var spoiledBits = 0u;
  var activeBits = 0u;`;

/** A loop over sub-tiles of `block` on the other side, which is `length` long. */
export const eachSubTile = (tile: Tile, length: string, body: string): string => `
    let otherEnd = min((block + 1u) * u.blockSize, ${length});
    for (var sub = 0u; sub < u.blockSize; sub += ${tile.columns}u) {
      let firstOther = block * u.blockSize + sub;
      if (firstOther >= otherEnd) { break; }
      turn = 1u - turn;
      workgroupBarrier();
      if (t == 0u) { atomicStore(&unusualOther[1u - turn], 0u); atomicStore(&unusualWeighted[1u - turn], 0u); }
      ${body}
    }`;
