import { mainOfRow } from '../../wgsl/workgroup.ts';

export const gatherThreads = 256;
export const scatterThreads = 64;

/** Numbers are copied as bits; those of an id that is no row are NaN. */
export const gatherText = (code: string): string => `${code}
${mainOfRow(gatherThreads)}
  let at = group * ${gatherThreads}u + t;
  if (at >= u.count * u.vectors) { return; }
  let id = ids[at / u.vectors]; // a negative one is above every row
  let own = id - u.firstOwn; // and so is one of an earlier part
  if (own < u.ownRows) { rows[at] = table[own * u.vectors + at % u.vectors]; }
  if (id >= u.tableRows && u.firstOwn == 0u) { rows[at] = U(u.notANumber); }
}`;

/** Ids that a workgroup looks at together, a word of 32 bits for each 32 of them. */
const idsPerTurn = 256;

/**
 * A workgroup owns some rows of the table and a slice of its columns, one vector for each thread. It looks through all ids, and marks those of
 * its rows by bits, whose order is that of the ids: so each number is added up by one thread, in one order.
 */
export const scatterText = (code: string): string => `${code}
var<workgroup> found: array<atomic<u32>, ${idsPerTurn / 32}>;
${mainOfRow(scatterThreads)}
  let firstRow = (group / u.slices) * u.tile;
  let lastRow = min(firstRow + u.tile, u.ownRows);
  let column = (group % u.slices) * ${scatterThreads}u + t;
  let isColumn = column < u.vectors;
  if (isColumn && u.isFirst == 1u) {
    for (var row = firstRow; row < lastRow; row++) { dTable[row * u.vectors + column] = N(); }
  }
  var current = 0xffffffffu;
  var sum = N();
  for (var first = 0u; first < u.count; first += ${idsPerTurn}u) {
    if (t < ${idsPerTurn / 32}u) { atomicStore(&found[t], 0u); }
    workgroupBarrier();
    for (var each = t; each < ${idsPerTurn}u; each += ${scatterThreads}u) {
      if (first + each >= u.count) { break; }
      let id = ids[first + each];
      let row = u32(id) - u.firstOwn;
      if (id != u.paddingIndex && row >= firstRow && row < lastRow) { atomicOr(&found[each / 32u], 1u << (each % 32u)); }
    }
    workgroupBarrier();
    for (var word = 0u; word < ${idsPerTurn / 32}u; word++) {
      var bits = atomicLoad(&found[word]);
      while (bits != 0u) {
        let nth = first + word * 32u + firstTrailingBit(bits);
        bits &= bits - 1u;
        if (!isColumn) { continue; }
        let row = u32(ids[nth]) - u.firstOwn;
        if (row != current) {
          if (current != 0xffffffffu) { dTable[current * u.vectors + column] = sum; }
          sum = dTable[row * u.vectors + column];
          current = row;
        }
        sum += dy[nth * u.vectors + column];
      }
    }
    workgroupBarrier();
  }
  if (current != 0xffffffffu) { dTable[current * u.vectors + column] = sum; }
}`;
