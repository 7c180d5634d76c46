import { createKey, linear } from '@longspan/core-tensor';
import { ones, square, type Tensor } from '@tensorflow/tfjs-core';
import { type Accepted, bare, row, type Table } from '../row.ts';
import { anyRank, layerRow } from './layers.ts';

const layer = () => linear({ inFeatures: 4, outFeatures: 4 });
const blocks = () => [{ f: layer(), g: layer() }];
const parameters = (made: unknown) => (made as { init(key: unknown): object }).init(createKey(1));
/** Branches have names of their own. */
const named: Accepted = { '0.0.*': ['misspelt'] };
const sequence = layerRow([() => [blocks(), { keepEvery: 1 }]], () => ones([2, 8]), { accepts: named, applied: anyRank });

export const reversible: Table = {
  recompute: row([() => [(x: Tensor) => square(x)]]),
  recomputedLayer: layerRow([() => [layer()]], () => ones([2, 4]), { name: 'linear', applied: anyRank }),
  plainSequence: layerRow([() => [blocks()]], () => ones([2, 8]), { accepts: named, applied: anyRank }),
  reversibleSequence: {
    ...sequence,
    methods: {
      ...sequence.methods,
      invert: { calls: [(made) => [parameters(made), ones([2, 8]), { training: false }]], accepts: anyRank },
      reconstructionError: { calls: [(made) => [parameters(made), ones([2, 8]), { training: false }]], accepts: anyRank },
    },
  },
  averageStreams: {
    ...bare,
    methods: { apply: { calls: [() => [{}, ones([4, 2]), { training: false }]], accepts: { ...anyRank, '0': ['unknown'] } } },
  },
  duplicateStreams: {
    ...bare,
    methods: { apply: { calls: [() => [{}, ones([4, 2]), { training: false }]], accepts: { '0': ['unknown'], '1': ['rank'] } } },
  },
};
