import { multiHeadAttention, slidingWindow } from '@longspan/attention-sparse';
import {
  chain,
  crossEntropy,
  defineLayer,
  embedding,
  feedForward,
  type Layer,
  type LayerWrapper,
  layerNorm,
  linear,
  linearCrossEntropy,
  transformerLayer,
} from '@longspan/core-tensor';
import { segmentRecurrence } from '@longspan/memory-xl';
import type { Targets } from '@longspan/models/language-model';
import { averageStreams, duplicateStreams, recomputedLayer, reversibleSequence } from '@longspan/reversible';
import type { LossModel } from '@longspan/training';
import { turning, vocabulary } from '../../model/language-model.ts';
import type { MemoryInput } from './input.ts';

/** Rows whose logits are there at one time. */
const lossChunk = 512;

/**
 * The byte model of the step with one way, or two, to hold less of it at a time. All but the reversible ones and those with memory have
 * the same parameters and the same loss.
 * @shape ids int32 [b, n], targets int32 [b, n] -> the mean loss
 */
export function memoryModel({ size, combination, segmentLength }: Omit<MemoryInput, 'kind' | 'seed'>): LossModel {
  const { width, heads, layers, left } = size;
  const { storage, hasMemory } = combination;
  const wrapLayer: LayerWrapper = (layer) => (storage === 'recomputed' ? recomputedLayer(layer) : layer);
  const attention = (): Layer => multiHeadAttention({ width, heads, mask: slidingWindow({ left, right: 0 }), rotary: turning }) as Layer;
  const branch = (inner: Layer): Layer => chain({ norm: layerNorm({ width }), inner });
  const numbered = (make: () => Layer): Record<string, Layer> =>
    Object.fromEntries(Array.from({ length: layers }, (_, at) => [`${at}`, make()]));
  const body = (): Layer => {
    if (hasMemory === true) {
      const sizes = { layers, width, heads, headDim: width / heads, innerWidth: 4 * width, normalization: 'pre' as const };
      return segmentRecurrence({ ...sizes, memoryLength: segmentLength, wrapLayer }) as object as Layer;
    }
    if (storage === 'reversible') {
      const blocks = Array.from({ length: layers }, () => ({
        attention: branch(attention()),
        feedForward: branch(feedForward({ width })),
      }));
      return chain({ streams: duplicateStreams(), blocks: reversibleSequence(blocks), mean: averageStreams() });
    }
    return chain(numbered(() => wrapLayer(transformerLayer({ width, attention: attention(), feedForward: feedForward({ width }) }))));
  };
  const hidden = chain({ embedding: embedding({ vocabulary, width, standardDeviation: 0.5 }), layers: body(), norm: layerNorm({ width }) });
  return defineLayer({
    name: 'memoryModel',
    parts: { hidden, output: linear({ inFeatures: width, outFeatures: vocabulary }) },
    reads: ['targets'],
    run({ parts, parameters }, ids, { targets }: Targets) {
      const found = parts.hidden(ids);
      if (combination.hasChunkedLoss !== true) return crossEntropy(parts.output(found), targets);
      const output = parameters.below('output');
      const inputs = { hidden: found, weight: output.get('weight'), bias: output.get('bias'), targets };
      return linearCrossEntropy(inputs, { chunkLength: lossChunk });
    },
  });
}
