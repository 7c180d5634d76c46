import { linear } from '@longspan/core-tensor';
import { row, type Table } from '../row.ts';

export const tfjsLayers: Table = {
  toLayersLayer: row([
    () => [{ className: 'ExportsLinear', create: linear, outputShape: (shape: unknown) => shape, inputs: 'float32', contextInputs: [] }],
  ]),
};
