import { cost, receptiveField } from '@longspan/attention-sparse/analysis';
import { type Mask, type MaskNode, maskFromJSON } from '@longspan/attention-sparse/mask';
import { transfer } from 'comlink';
import { sharesOfTile } from './shares.ts';

/** Blocks along a side of the picture of what has reached what. */
const reachBlocks = 256;

let masks: { readonly turn: number; readonly first: Mask; readonly second: Mask | undefined } | undefined;

/** Planes of a tile: what the first mask shows, or what the first alone, the second alone, and both show. */
export interface Tile {
  readonly planes: readonly Uint8Array[];
  readonly asked: number;
}

/** After which layer each block of keys can have reached each block of queries, and the share of pairs that have met after each layer. */
export interface Reached {
  readonly side: number;
  /** Row by row: 0 for a block's own input, 255 for not within the layers. */
  readonly first: Uint8Array;
  readonly shares: readonly number[];
}

export const api = {
  /** Takes the masks of which tiles are asked for from now on. @param turn which ones they are */
  take(turn: number, first: MaskNode, second: MaskNode | undefined, head: number): void {
    const made = (node: MaskNode): Mask => {
      const whole = maskFromJSON(node);
      return whole.select({ head: Math.min(head, whole.heads - 1), batch: 0 });
    };
    masks = { turn, first: made(first), second: second === undefined ? undefined : made(second) };
  },

  /** Undefined where it has not taken those masks: a worker that died has a successor that knows nothing. */
  tile(turn: number, length: number, place: { readonly cell: number; readonly row: number; readonly column: number }): Tile | undefined {
    if (masks?.turn !== turn) return undefined;
    const { first, second } = masks;
    const shown = second === undefined ? [first] : [first.and(second.not()), second.and(first.not()), first.and(second)];
    const tiles = shown.map((mask) => sharesOfTile(mask, length, place));
    const planes = tiles.map(({ shares }) => shares);
    return transfer(
      { planes, asked: tiles.reduce((sum, { asked }) => sum + asked, 0) },
      planes.map(({ buffer }) => buffer as ArrayBuffer),
    );
  },

  cost(node: MaskNode, options: { readonly queryLength: number; readonly heads: number; readonly headDim: number }) {
    const mask = maskFromJSON(node);
    return cost(mask, { ...options, heads: mask.heads === 1 ? options.heads : mask.heads, blockSize: 64 });
  },

  /**
   * What has reached what when all layers have that mask.
   * @param head the only one that counts; undefined unites them, as the next layer does
   */
  reach(node: MaskNode, length: number, layers: number, head: number | undefined): Reached {
    const mask = maskFromJSON(node).select(head === undefined ? { batch: 0 } : { batch: 0, head });
    const blockSize = Math.max(1, Math.ceil(length / reachBlocks));
    const field = receptiveField(
      Array.from({ length: layers }, () => mask),
      { length, blockSize },
    );
    const side = field.blocks;
    const first = new Uint8Array(side * side).fill(255);
    for (let block = 0; block < side; block++) first[block * side + block] = 0;
    field.layers.forEach((layer, at) => {
      for (let query = 0; query < side; query++) {
        for (let key = 0; key < side; key++) {
          if (first[query * side + key] === 255 && layer.reaches(query, key)) first[query * side + key] = at + 1;
        }
      }
    });
    return transfer({ side, first, shares: field.layers.map(({ share }) => share) }, [first.buffer]);
  },

  /** The first words of a text, and what stands between them, as many as there are tokens. */
  words(text: string, language: string | undefined, count: number): readonly string[] {
    const found: string[] = [];
    const segmenter = new Intl.Segmenter(language, { granularity: 'word' });
    // Piece by piece: a segmenter of a long text may take time in proportion to the whole for each word.
    for (const piece of text.match(/[\s\S]{1,2000}(?=\s|$)|[\s\S]{1,2000}/g) ?? []) {
      for (const { segment } of segmenter.segment(piece)) {
        if (segment.trim() === '') continue;
        found.push(segment);
        if (found.length === count) return found;
      }
    }
    return found;
  },
};
