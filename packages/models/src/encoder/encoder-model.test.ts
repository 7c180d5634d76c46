import { createKey, type LayerWrapper } from '@longspan/core-tensor';
import { wrapLayer } from '@longspan/core-tensor/layer';
import { onBackends } from '@longspan/tooling/expect';
import { dispose, memory, tensor2d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { longformerModel } from '../family/longformer/index.ts';
import type { EncoderOutput } from './encoder-model.ts';

const config = { vocabSize: 20, hiddenSize: 8, numHiddenLayers: 4, numAttentionHeads: 2, intermediateSize: 16, attentionWindow: 2 };
const ids = () => tensor2d([[0, 3, 4, 5, 2]], [1, 5], 'int32');

const disposeOutput = ({ hidden, pooled, hiddenStates = [] }: EncoderOutput): void =>
  dispose([hidden, ...(pooled === undefined ? [] : [pooled]), ...hiddenStates]);

/** How many tensors there are when each layer begins. */
function counted(): { readonly counts: number[]; readonly wrap: LayerWrapper } {
  const counts: number[] = [];
  const wrap: LayerWrapper = (layer) =>
    wrapLayer(layer, (inner, x) => {
      counts.push(memory().numTensors);
      return inner(x);
    });
  return { counts, wrap };
}

onBackends('an encoder', () => {
  it('holds the hidden states of one layer at a time, and of all where they are asked for', () => {
    const { counts, wrap } = counted();
    const model = longformerModel(config, { wrapLayer: wrap });
    const parameters = model.init(createKey(0));
    disposeOutput(model.apply(parameters, ids()));
    const few = counts.splice(0).map((count, _, all) => count - (all[0] as number));
    disposeOutput(model.apply(parameters, ids(), { hiddenStates: true }));
    const many = counts.map((count) => count - (counts[0] as number));
    expect({ few, many }).toEqual({ few: [0, 0, 0, 0], many: [0, 1, 2, 3] });
    dispose(parameters);
  });
});
