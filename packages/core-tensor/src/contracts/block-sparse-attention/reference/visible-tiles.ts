import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type BlockLayout, blockCount } from '../../../layout/block-layout.ts';
import type { PlannedChunk } from './plan.ts';

/** The bitmaps of a chunk's listed blocks as 0 and 1 [C, B, W · B]; undefined where every pair is visible. */
export type VisibleTiles = (chunk: PlannedChunk) => Tensor | undefined;

const full = -1;
const nothing = -2;
/** A full tile at the end of the keys, where the last block is shorter. */
const edge = -3;

/** Pictures that are kept for the next chunk may weigh this much together. */
const keptBytes = 32 * 2 ** 20;

/**
 * Draws bitmaps as numbers. Chunks of equal tiles have one picture: under a window nearly all of them. To be made and called
 * inside one tidy, which frees what is kept.
 */
export function visibleTiles(layout: BlockLayout): VisibleTiles {
  const { blockSize, keyLength, tileIndices, indices, bitmaps } = layout;
  const lastKeyBlock = blockCount(keyLength, blockSize) - 1;
  const hasEdge = keyLength % blockSize !== 0;
  const words = Math.ceil(blockSize / 32);
  const kindOf = (entry: number): number => {
    if (entry < 0) return nothing;
    const bitmap = tileIndices[entry] as number;
    return bitmap === full && hasEdge && indices[entry] === lastKeyBlock ? edge : bitmap;
  };
  const bit = (kind: number, query: number, key: number): number => {
    if (kind === full) return 1;
    if (kind === nothing) return 0;
    if (kind === edge) return key < keyLength % blockSize ? 1 : 0;
    return ((bitmaps[(kind * blockSize + query) * words + (key >> 5)] as number) >>> (key & 31)) & 1;
  };
  const draw = (kinds: Int32Array, rows: number, width: number): Tensor => {
    const picture = new Float32Array(rows * blockSize * width * blockSize);
    let at = 0;
    for (let row = 0; row < rows; row++) {
      for (let query = 0; query < blockSize; query++) {
        for (let w = 0; w < width; w++) {
          const kind = kinds[row * width + w] as number;
          for (let key = 0; key < blockSize; key++) picture[at++] = bit(kind, query, key);
        }
      }
    }
    return tensor(picture, [rows, blockSize, width * blockSize]);
  };

  const known = new Map<string, Tensor>();
  let bytes = 0;
  return ({ rows, width, listed }) => {
    const kinds = listed.map(kindOf);
    if (kinds.every((kind) => kind === full)) return undefined;
    const name = `${rows.length}:${kinds.join()}`;
    const found = known.get(name);
    if (found) return found;
    const picture = draw(kinds, rows.length, width);
    bytes += picture.size * 4;
    if (bytes > keptBytes) {
      for (const old of known.values()) old.dispose();
      known.clear();
      bytes = picture.size * 4;
    }
    known.set(name, picture);
    return picture;
  };
}
