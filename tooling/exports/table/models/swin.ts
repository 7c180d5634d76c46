import { ones } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const config = () => ({
  imageSize: 8,
  numChannels: 1,
  patchSize: 2,
  embedDim: 4,
  depths: [1, 1],
  numHeads: [1, 2],
  windowSize: 2,
  dropPathRate: 0,
});
const wrapLayer = <L>(layer: L): L => layer;
const made = layerRow([() => [config()], () => [config(), { wrapLayer }]], () => ones([1, 1, 5, 6]), {
  accepts: nullsOfConfig,
});

export const swinTable: Table = {
  swinConfig: row([() => [config()]], nullsOfConfig),
  swinModel: made,
  swinBackbone: made,
  swinForImageClassification: made,
};

export const swinv2Table: Table = {
  swinv2Config: row([() => [config()]], nullsOfConfig),
  swinv2Model: made,
  swinv2ForImageClassification: made,
};
