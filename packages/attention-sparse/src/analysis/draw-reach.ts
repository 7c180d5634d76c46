import { requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import type { ReceptiveField } from './receptive-field.ts';

/**
 * Draws how far the input has spread after each layer, as text: a row per output and a column per input, █ reached, · not; long
 * sequences in equal squares, ▒ where some of their pairs of blocks are reached.
 * @param options.size the most rows and columns; 32 by default
 * @returns one drawing for each layer
 * @throws ConfigError when size is not an integer of at least 1
 * @cost O(blocks²) for each layer
 * @example
 * const window = slidingWindow({ left: 4, right: 0 });
 * drawReach(receptiveField([window, window], { length: 16, blockSize: 4 })); // => ['█···\n██··\n·██·\n··██', '█···\n██··\n███·\n·███']
 */
export function drawReach(field: ReceptiveField, options: { readonly size?: number | undefined } = {}): readonly string[] {
  requireKind('drawReach', 'field', field, 'record');
  const { blocks, layers } = field;
  requireInteger('drawReach', { 'field.blocks': blocks }, 1);
  requireKind('drawReach', 'field.layers', layers, 'list');
  for (const layer of layers) requireKind('drawReach', 'field.layers', layer?.reaches, 'function');
  requireKnown('drawReach', options, { size: true });
  const { size = 32 } = options;
  requireInteger('drawReach', { size }, 1);
  const step = Math.ceil(blocks / size);
  const cells = Math.ceil(blocks / step);
  return layers.map(({ reaches }) => {
    const ink = (row: number, column: number): string => {
      let [reached, pairs] = [0, 0];
      for (let query = row * step; query < Math.min(blocks, (row + 1) * step); query++) {
        for (let key = column * step; key < Math.min(blocks, (column + 1) * step); key++) {
          pairs++;
          if (reaches(query, key)) reached++;
        }
      }
      return reached === 0 ? '·' : reached === pairs ? '█' : '▒';
    };
    return Array.from({ length: cells }, (_, row) => Array.from({ length: cells }, (_, column) => ink(row, column)).join('')).join('\n');
  });
}
