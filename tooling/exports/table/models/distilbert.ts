import type { Table } from '../../row.ts';
import { encoderTable } from './encoder.ts';

export const distilbertTable: Table = encoderTable('distilbert', {
  sizes: { vocabSize: 9, dim: 4, nLayers: 1, nHeads: 2, hiddenDim: 6, dropout: 0 },
  types: false,
});
