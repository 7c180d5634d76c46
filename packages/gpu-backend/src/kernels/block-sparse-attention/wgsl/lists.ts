/** Which blocks belong to each other: a row of the layout's lists, then the blocks that were chosen at run time and are not among them. */
const nothingChosen = `
fn chosenRow(batch: u32, head: u32, block: u32) -> u32 { return 0u; }
fn isChosen(row: u32, block: u32) -> bool { return false; }
`;

const chosen = `
fn chosenRow(batch: u32, head: u32, block: u32) -> u32 {
  return u.selectedAt + (((batch % u.selectedBatch) * u.selectedHeads + head % u.selectedHeads) * u.queryBlocks + block) * u.selectedWidth;
}
fn isChosen(row: u32, block: u32) -> bool {
  for (var at = 0u; at < u.selectedWidth; at++) { if (tables[row + at] == block) { return true; } }
  return false;
}
// The nth chosen block of a row; none where it is unused, not there, or there before.
fn chosenBlock(row: u32, nth: u32, start: u32, end: u32) -> u32 {
  let block = tables[row + nth];
  if (block >= u.keyBlocks) { return none; } // -1 too
  for (var at = 0u; at < nth; at++) { if (tables[row + at] == block) { return none; } }
  if (isListed(start, end, block)) { return none; }
  return block;
}`;

export const listCode = (hasSelected: boolean): string => `
const none = 0xffffffffu;
var<private> entry: u32; // of the pair of blocks, among the layout's
fn isListed(start: u32, end: u32, block: u32) -> bool {
  for (var at = start; at < end; at++) { if (lists[u.entriesAt + at] == block) { return true; } }
  return false;
}
// Bit i: whether the pair (row, column + i) of a tile is visible; "none" is a full tile.
fn bitsOf(tile: u32, row: u32, column: u32) -> u32 {
  if (tile == none) { return none; }
  let words = (u.blockSize + 31u) / 32u;
  return lists[u.bitmapsAt + (tile * u.blockSize + row) * words + (column >> 5u)] >> (column & 31u);
}
fn layoutSlice(batch: u32, head: u32) -> u32 { return (batch % u.layoutBatch) * u.layoutHeads + head % u.layoutHeads; }
${hasSelected ? chosen : nothingChosen}`;

/**
 * A loop over the key blocks of a query block: sets `block`, `tile` and `slot`, the number of the pair among the sequence's, and
 * runs `body`, which may `continue`.
 */
export const eachKeyBlock = (hasSelected: boolean, body: string): string => `
  let list = layoutSlice(batch, head) * u.queryBlocks + ownBlock;
  let start = lists[list];
  let listEnd = lists[list + 1u];
  ${hasSelected ? 'let chosenAt = chosenRow(batch, head, ownBlock);' : ''}
  let firstSlot = start - lists[layoutSlice(batch, head) * u.queryBlocks] + ownBlock * u.selectedWidth;
  for (var nth = 0u; nth < listEnd - start + u.selectedWidth; nth++) {
    var block = none;
    var tile = none;
    ${
      hasSelected
        ? `if (nth < listEnd - start) {
      block = lists[u.entriesAt + start + nth];
      if (!isChosen(chosenAt, block)) { tile = lists[u.tilesAt + start + nth]; }
    } else {
      block = chosenBlock(chosenAt, nth - (listEnd - start), start, listEnd);
      if (block == none) { continue; }
    }`
        : `block = lists[u.entriesAt + start + nth];
    tile = lists[u.tilesAt + start + nth];`
    }
    let slot = firstSlot + nth;
    entry = start + nth;
    ${body}
  }`;

/** The same over the query blocks of a key block, by the transposed lists; chosen blocks are looked for in every query block's row. */
export const eachQueryBlock = (hasSelected: boolean, withEntries: boolean, body: string): string => `
    let list = layoutSlice(batch, head) * u.keyBlocks + ownBlock;
    let start = lists[list];
    let listEnd = lists[list + 1u];
    for (var nth = 0u; nth < listEnd - start + ${hasSelected ? 'u.queryBlocks' : '0u'}; nth++) {
      var block = none;
      var tile = none;
      ${
        hasSelected
          ? `if (nth < listEnd - start) {
        block = lists[u.entriesAt + start + nth];
        if (!isChosen(chosenRow(batch, head, block), ownBlock)) { tile = lists[u.tilesAt + start + nth]; }
      } else {
        block = nth - (listEnd - start);
        if (!isChosen(chosenRow(batch, head, block), ownBlock)) { continue; }
        if (isListed(start, listEnd, block)) { continue; }
      }`
          : `block = lists[u.entriesAt + start + nth];
      tile = lists[u.tilesAt + start + nth];`
      }
      ${withEntries ? 'entry = lists[u.forwardAt + start + nth];' : ''}
      ${body}
    }`;
