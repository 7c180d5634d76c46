import type { Padding } from '@longspan/core-tensor';
import { remember, rememberByIdentity } from '@longspan/core-tensor/memo';

/** Which tokens each global token is the sum of, and where both stand. Data of the host. */
export interface GlobalBlocks {
  /** Global tokens of each row. */
  readonly count: number;
  /** 1 where all rows are alike, else the batch. */
  readonly rows: number;
  /** [rows, n]: the block of each token, as its position among the global tokens; −1 for padding and where a row has no whole block. */
  readonly ofTokens: Int32Array;
  /** [rows, count]: the position of each global token, −1 beyond the row's last whole block. */
  readonly ofBlocks: Int32Array;
  /** [rows, count, width]: the tokens of each block, −1 after its last one. */
  readonly members: Int32Array;
  /** Tokens of the largest block. */
  readonly width: number;
}

const whole = remember<GlobalBlocks>('transient global blocks', 32);
const padded = rememberByIdentity('transient global blocks by padding', (_: Padding) => new Map<number, GlobalBlocks>());

/** The same object for the same sizes and padding. */
export function globalBlocks(padding: Padding | undefined, length: number, blockLength: number): GlobalBlocks {
  if (padding === undefined || !padding.some) return whole(`${length} in ${blockLength}`, () => made(undefined, length, blockLength));
  const known = padded(padding);
  const found = known.get(blockLength) ?? made(padding, length, blockLength);
  known.set(blockLength, found);
  return found;
}

/** A block is whole where its last token is one; tokens after the last whole block join it. */
function made(padding: Padding | undefined, length: number, blockLength: number): GlobalBlocks {
  const [count, rows] = [Math.floor(length / blockLength), padding?.rows.length ?? 1];
  const isToken = (row: number, at: number): boolean => padding === undefined || padding.isToken(row, at);
  const ofTokens = new Int32Array(rows * length).fill(-1);
  const ofBlocks = new Int32Array(rows * count).fill(-1);
  const lists: number[][] = Array.from({ length: rows * count }, () => []);
  for (let row = 0; row < rows; row++) {
    let last = -1;
    for (let end = blockLength - 1; end < length; end += blockLength) if (isToken(row, end)) last++;
    for (let at = 0; at <= last; at++) ofBlocks[row * count + at] = at;
    for (let at = 0; at < length; at++) {
      if (last < 0 || !isToken(row, at)) continue;
      const block = Math.min(last, Math.floor(at / blockLength));
      ofTokens[row * length + at] = block;
      (lists[row * count + block] as number[]).push(at);
    }
  }
  const width = lists.reduce((most, list) => Math.max(most, list.length), 0);
  const members = new Int32Array(rows * count * width).fill(-1);
  for (const [at, list] of lists.entries()) members.set(list, at * width);
  return { count, rows, ofTokens, ofBlocks, members, width };
}
