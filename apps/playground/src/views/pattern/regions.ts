import type { MaskNode } from '@longspan/attention-sparse/mask';

/** A part of the sequence that is more than a row of tokens: an image or a video, which lies in it row by row; or a named part of text. */
export interface Region {
  readonly name: string;
  /** Its first position. */
  readonly start: number;
  /** [frames, height, width]; a text is one frame of one row. */
  readonly shape: readonly [number, number, number];
}

const sizeOf = ({ shape: [frames, height, width] }: Region): number => frames * height * width;

/** The images, videos and named parts of which a mask speaks, in the order of the sequence. Empty where it speaks of none. */
export function regionsOf(node: MaskNode): readonly Region[] {
  const found = new Map<number, Region>();
  collect(node, 0, 'picture', found);
  return [...found.values()].sort((left, right) => left.start - right.start);
}

function collect(node: MaskNode, start: number, name: string, found: Map<number, Region>): void {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'perHead':
    case 'perBatch':
      for (const part of node.of) collect(part, start, name, found);
      return;
    case 'not':
      collect(node.of, start, name, found);
      return;
    case 'gridNeighbourhood':
    case 'gridTiles':
    case 'gridShiftedWindows': {
      const [frames, height, width] = node.shape.length === 3 ? node.shape : [1, ...node.shape];
      found.set(start, { name, start, shape: [frames, height, width] as [number, number, number] });
      return;
    }
    case 'segments': {
      let at = 0;
      for (const [part, length] of node.queries) {
        if (!found.has(at)) found.set(at, { name: part, start: at, shape: [1, 1, length] });
        if (part === node.from && node.from === node.to) collect(node.of, at, part, found);
        at += length;
      }
      return;
    }
    default:
  }
}

/** The region in which a position lies. */
export const regionAt = (regions: readonly Region[], position: number): Region | undefined =>
  regions.find((region) => position >= region.start && position < region.start + sizeOf(region));
