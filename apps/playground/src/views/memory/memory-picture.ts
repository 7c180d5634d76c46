import type { Picture, Shape } from '../../picture/shapes.ts';
import { heldAt, reachOf, segmentAt } from './held.ts';

interface Scene {
  readonly step: number;
  readonly segment: number;
  readonly memory: number;
  readonly layers: number;
  /** Bytes of the text that are streamed. */
  readonly length: number;
  /** What stands in each segment, for its label. */
  wordsOf(segment: number): string;
}

const [left, top, rowHeight, gap] = [66, 22, 34, 16];

/**
 * Segments from left to right, layers from bottom to top: the segment that is read, what the layers remember, what is forgotten and what
 * is yet to come; and the way on which the farthest byte comes to the last prediction.
 */
export function memoryPicture({ step, segment, memory, layers, length, wordsOf }: Scene, width: number): Picture {
  const sizes = { segment, memory };
  const reach = reachOf(step, sizes, layers, length);
  const farthest = reach.at(-1)?.start ?? 0;
  const before = Math.min(step, Math.max(3, step - Math.floor(farthest / segment)) + 1);
  const first = step - before;
  const shownSegments = before + 2;
  const scale = (width - left - 1) / (shownSegments * segment);
  const x = (position: number): number => left + (position - first * segment) * scale;
  const y = (layer: number): number => top + (layers - layer) * (rowHeight + gap);
  const now = segmentAt(step, sizes, length);
  const held = heldAt(step, sizes);
  const shapes: Shape[] = [];
  for (let layer = 0; layer <= layers; layer++) {
    const name = layer === 0 ? 'bytes' : `layer ${layer}`;
    shapes.push({ kind: 'words', x: left - 10, y: y(layer) + rowHeight / 2 + 4, text: name, ink: 'soft', anchor: 'end' });
    for (let nth = first; nth < first + shownSegments; nth++) {
      const { start, end } = segmentAt(nth, sizes, length);
      if (end <= start) continue;
      const box = { kind: 'box', x: x(start) + 1, y: y(layer), width: Math.max(1, (end - start) * scale - 2), height: rowHeight } as const;
      if (nth > step) shapes.push({ ...box, ink: 'faint', hollow: true });
      else shapes.push({ ...box, ink: nth === step ? 'second' : 'faint', opacity: nth === step ? 0.85 : 0.5 });
    }
    // The inputs of a layer are what the layer below has made: the topmost outputs are remembered by nobody.
    const remembered = Math.max(held.start, first * segment);
    if (layer < layers && held.end > remembered) {
      shapes.push({
        kind: 'box',
        x: x(remembered) + 1,
        y: y(layer),
        width: (held.end - remembered) * scale - 2,
        height: rowHeight,
        ink: 'first',
        opacity: 0.8,
      });
    }
  }
  // From the last prediction down to the bytes: the corners of what can have reached it.
  let from = { x: x(now.end) - 2, y: y(layers) + rowHeight };
  for (const [nth, { start }] of reach.entries()) {
    const layer = layers - 1 - nth;
    const to = { x: x(Math.max(start, first * segment)) + 1, y: y(layer) };
    shapes.push({ kind: 'line', from: [from.x, from.y], to: [to.x, to.y], ink: 'third' });
    shapes.push({ kind: 'line', from: [x(now.end) - 2, y(layer + 1) + rowHeight], to: [x(now.end) - 2, y(layer)], ink: 'third' });
    shapes.push({ kind: 'box', x: to.x, y: y(layer) + rowHeight - 4, width: x(now.end) - 2 - to.x, height: 4, ink: 'third' });
    from = { x: to.x, y: y(layer) + rowHeight };
  }
  shapes.push({ kind: 'box', x: x(now.end) - 8, y: y(layers), width: 6, height: rowHeight, ink: 'third' });
  const letters = Math.floor((segment * scale - 8) / 7.6);
  for (let nth = first; nth < first + shownSegments; nth++) {
    const { start, end } = segmentAt(nth, sizes, length);
    if (end <= start) continue;
    if (segment * scale > 46) shapes.push({ kind: 'words', x: x(start) + 2, y: 13, text: `${start.toLocaleString('en')}`, ink: 'soft' });
    const words = wordsOf(nth).replaceAll(/\s+/g, ' ').trim();
    const cut = words.length > letters ? `${words.slice(0, Math.max(0, letters - 1))}…` : words;
    if (letters > 3)
      shapes.push({ kind: 'words', x: x(start) + 2, y: y(0) + rowHeight + 16, text: cut, ink: nth === step ? 'ink' : 'soft' });
  }
  return { width, height: y(0) + rowHeight + 24, shapes };
}
