import { createKey, linear, type Parameters } from '@longspan/core-tensor';
import type { LoraLayer } from '@longspan/training';
import { ones, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { row, type Table } from '../row.ts';
import { anyRank } from './layers.ts';

const layer = linear({ inFeatures: 3, outFeatures: 2 });
type Adapted = LoraLayer<object, Tensor>;
const adapters = (made: unknown): Parameters => (made as Adapted).init(createKey(1));
const vectors = () => tensor2d([1, 0, 0, 1, 1, 1], [3, 2]);

export const adaptersTable: Table = {
  lora: row(
    [() => [layer, layer.init(createKey(0)), { rank: 2, alpha: 4.5, targets: (name: string) => name === 'weight' }]],
    { '2': ['record', 'bare'] },
    {
      methods: {
        init: { calls: [() => [createKey(1)]] },
        merged: { calls: [(made) => [adapters(made)]] },
        apply: { calls: [(made) => [adapters(made), ones([4, 3]), { training: false, key: createKey(2) }]], accepts: anyRank },
      },
    },
  ),
  probe: row([() => [vectors(), [0, 1, 2], { classes: 3, C: 1.5, tolerance: 1e-3, maxIterations: 20 }]], undefined, {
    methods: {
      predict: { calls: [() => [vectors()]] },
      probabilities: { calls: [() => [vectors()]] },
    },
  }),
};
