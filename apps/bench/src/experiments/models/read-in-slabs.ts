import type { Parameters } from '@longspan/core-tensor';
import type { LongformerConfig, longformer } from '@longspan/models/longformer';
import { slice, type Tensor, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { type Slab, slabsOf } from './slabs.ts';

/** A Longformer without global tokens, as it was loaded. */
export interface Reader {
  readonly model: ReturnType<typeof longformer.models.model>;
  readonly config: LongformerConfig;
  readonly parameters: Parameters;
}

/** One side of the windows of all layers together. */
const reachOf = ({ attentionWindow, numHiddenLayers }: LongformerConfig): number =>
  (typeof attentionWindow === 'number' ? attentionWindow * numHiddenLayers : attentionWindow.reduce((sum, window) => sum + window, 0)) / 2;

/**
 * The hidden states of a text of any length, slab by slab. Positions are those of the table, again and again.
 * @param onSlab gets [1, tokens, width] and may not keep it
 */
export async function readInSlabs(
  { model, config, parameters }: Reader,
  ids: Int32Array,
  slabLength: number,
  onSlab: (hidden: Tensor, slab: Slab, done: number) => Promise<void>,
): Promise<readonly Slab[]> {
  const first = config.padTokenId + 1;
  const period = config.maxPositionEmbeddings - first;
  const slabs = slabsOf(ids.length, slabLength, reachOf(config));
  for (const [at, slab] of slabs.entries()) {
    const { from, to, readFrom, readTo } = slab;
    const hidden = tidy(() => {
      const positions = tensor1d(
        Int32Array.from({ length: readTo - readFrom }, (_, place) => first + ((readFrom + place) % period)),
        'int32',
      );
      const read = tensor2d(ids.slice(readFrom, readTo), [1, readTo - readFrom], 'int32');
      const whole = model.apply(parameters, read, { positions }).hidden;
      return slice(whole, [0, from - readFrom, 0], [1, to - from, config.hiddenSize]);
    });
    await onSlab(hidden, slab, (at + 1) / slabs.length);
    hidden.dispose();
  }
  return slabs;
}
