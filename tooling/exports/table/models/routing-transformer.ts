import { paddingOfLengths } from '@longspan/core-tensor';
import { tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../../row.ts';
import { layerRow } from '../layers.ts';
import { nullsOfConfig } from './encoder.ts';

const config = () => ({ numTokens: 9, dim: 4, depth: 1, heads: 2, maxSeqLen: 4, windowSize: 2, causal: true });
const wrapLayer = <L>(layer: L): L => layer;
const ids = () => tensor2d([[1, 2, 3, 0]], [1, 4], 'int32');

export const routingTransformerTable: Table = {
  routingTransformerConfig: row(
    [() => [config()], () => [{ num_tokens: 9, dim: 4, depth: 1, heads: 2, max_seq_len: 4, window_size: 2 }]],
    nullsOfConfig,
  ),
  routingTransformerForLanguageModel: layerRow([() => [config()], () => [config(), { wrapLayer }]], ids, {
    contexts: [() => ({ padding: paddingOfLengths([3], 4) })],
    accepts: nullsOfConfig,
  }),
};
