import type { Picture, Shape } from '../../picture/shapes.ts';
import type { Looked } from './reader-work.ts';

const [left, top, rowHeight, between] = [82, 20, 15, 8];
const bottom = 22;

/** Where the lines of the strip lie: a line for each head of each layer, layers a little apart. */
const lineTop = (layer: number, head: number, heads: number): number => top + layer * (heads * rowHeight + between) + head * rowHeight;

/** The layer and head (from 1) at a height; undefined between the lines. */
export function lineAt(y: number, layers: number, heads: number): { readonly layer: number; readonly head: number } | undefined {
  for (let layer = 0; layer < layers; layer++) {
    const head = Math.floor((y - lineTop(layer, 0, heads)) / rowHeight);
    if (head >= 0 && head < heads) return { layer, head: head + 1 };
  }
  return undefined;
}

/** The byte at a place along the strip. */
export const byteAt = (x: number, width: number, length: number): number =>
  Math.min(length - 1, Math.max(0, Math.floor(((x - left) / (width - left)) * length)));

/**
 * Where each head looks: a line for each, what was read from left to right, ink for weight. Of a place that many bytes share it is the
 * greatest. In the chosen layer what the mechanism misses has another colour.
 */
export function stripPicture(
  { reading, layer: compared, kept }: Looked,
  width: number,
  chosen: { readonly layer: number; readonly head: number; readonly mechanism: string },
): Picture {
  const { layers, heads, length, weights } = reading;
  const found = chosen.layer === compared ? kept.find(({ id }) => id === chosen.mechanism) : undefined;
  const columns = Math.max(1, Math.min(length, Math.floor(width - left)));
  const step = (width - left) / columns;
  const shapes: Shape[] = [];
  for (let layer = 0; layer < layers; layer++) {
    for (let head = 0; head < heads; head++) {
      const y = lineTop(layer, head, heads);
      const row = weights.subarray((layer * heads + head) * length, (layer * heads + head + 1) * length);
      const most = row.reduce((greatest, weight) => Math.max(greatest, weight), 0);
      const isChosen = layer === chosen.layer && (chosen.head === 0 || chosen.head === head + 1);
      shapes.push({ kind: 'box', x: left, y, width: width - left, height: rowHeight - 2, ink: 'faint', opacity: isChosen ? 0.55 : 0.3 });
      shapes.push({
        kind: 'words',
        x: left - 8,
        y: y + 10.5,
        text: head === 0 ? `layer ${layer + 1} · 1` : `${head + 1}`,
        ink: isChosen ? 'ink' : 'soft',
        anchor: 'end',
        ...(isChosen ? { bold: true } : {}),
      });
      for (let column = 0; column < columns; column++) {
        const from = Math.floor((column * length) / columns);
        const to = Math.max(from + 1, Math.floor(((column + 1) * length) / columns));
        let at = from;
        for (let byte = from; byte < to; byte++) if ((row[byte] as number) > (row[at] as number)) at = byte;
        const opacity = Math.sqrt((row[at] as number) / most);
        if (opacity < 0.04) continue;
        const isMissed = found !== undefined && layer === chosen.layer && found.keeps[head * length + at] === 0;
        shapes.push({
          kind: 'box',
          x: left + column * step,
          y,
          width: Math.max(step, 1),
          height: rowHeight - 2,
          ink: isMissed ? 'second' : 'first',
          opacity,
        });
      }
    }
  }
  const end = lineTop(layers - 1, heads - 1, heads) + rowHeight;
  shapes.push({ kind: 'words', x: left, y: 13, text: `${(length - 1).toLocaleString('en')} bytes before`, ink: 'soft' });
  shapes.push({ kind: 'words', x: width, y: 13, text: 'the word', ink: 'soft', anchor: 'end' });
  shapes.push({
    kind: 'words',
    x: left,
    y: end + 16,
    text: 'A line for each head; ink is weight, against the line’s greatest',
    ink: 'soft',
  });
  return { width, height: end + bottom, shapes };
}
