import { padding } from '@longspan/core-tensor';
import { tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const config = () => ({ vocabSize: 9, dModel: 4, dKv: 2, dFf: 6, numLayers: 1, numHeads: 2, localRadius: 2, dropoutRate: 0 });
const wrapLayer = <L>(layer: L): L => layer;
const ids = () => tensor2d([[1, 5, 2, 0]], [1, 4], 'int32');
const global = () => ({ ...config(), encoderAttentionType: 'transient-global', globalBlockSize: 2 });

export const longT5Table: Table = {
  longT5Config: row([() => [config()], () => [{ vocab_size: 9, feed_forward_proj: 'gated-gelu' }]], nullsOfConfig),
  longT5Model: layerRow([() => [config()], () => [global(), { wrapLayer, blockSize: 8 }]], ids, {
    contexts: [() => ({ padding: padding([[1, 1, 1, 0]]) })],
    accepts: nullsOfConfig,
  }),
};
