import type { StatefulResult } from '@longspan/core-tensor';
import {
  applyLinear,
  type BoundPart,
  chain,
  crossEntropy,
  defineLayer,
  embedding,
  type Layer,
  type LayerContext,
  layerNorm,
  linear,
  linearCrossEntropy,
} from '@longspan/core-tensor';
import {
  type AdaptiveTargets,
  adaptiveEmbedding,
  adaptiveSoftmax,
  type SegmentRecurrenceConfig,
  segmentRecurrence,
} from '@longspan/memory-xl';
import type { Tensor } from '@tensorflow/tfjs-core';

// What @longspan/models has ready stands above this package: tests put theirs together from the kit.

export interface KitTargets extends LayerContext {
  readonly targets: Tensor;
}

export interface KitModelConfig {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: Readonly<Record<string, Layer<never>>>;
  readonly positions?: Layer | undefined;
  readonly tied?: boolean | undefined;
  readonly lossChunkLength?: number | undefined;
  readonly standardDeviation?: number | undefined;
}

/** An embedding, layers, a norm and an output that is the embedding's table or one of its own: logits, and the loss of `targets`. */
export function kitModel(config: KitModelConfig): { readonly logits: Layer; readonly loss: Layer<KitTargets> } {
  const { vocabulary, width, layers, positions, tied = true, lossChunkLength: chunkLength, standardDeviation = 0.02 } = config;
  const steps: Readonly<Record<string, Layer>> = {
    embedding: embedding({ vocabulary, width, standardDeviation }),
    ...(positions === undefined ? {} : { positions }),
    layers: chain(layers) as object as Layer,
    norm: layerNorm({ width }),
  };
  const output: Readonly<Record<string, Layer>> = tied ? {} : { output: linear({ inFeatures: width, outFeatures: vocabulary }) };
  const table = tied ? 'embedding.weight' : 'output.weight';
  const parts = { ...steps, ...output };
  const hiddenOf = (bound: Readonly<Record<string, BoundPart<LayerContext, Tensor>>>, ids: Tensor): Tensor =>
    Object.keys(steps).reduce((x, step) => (bound[step] as BoundPart<LayerContext, Tensor>)(x), ids);
  const logits = defineLayer({
    name: 'kitModel',
    parts,
    run: ({ parts: bound, parameters }, ids) => applyLinear(hiddenOf(bound, ids), parameters.get(table), parameters.find('output.bias')),
  });
  const loss = defineLayer<KitTargets, Tensor, typeof parts>({
    name: 'kitModel.loss',
    parts,
    reads: ['targets'],
    run({ parts: bound, parameters }, ids, { targets }) {
      const [hidden, weight, bias] = [hiddenOf(bound, ids), parameters.get(table), parameters.find('output.bias')];
      return chunkLength === undefined
        ? crossEntropy(applyLinear(hidden, weight, bias), targets)
        : linearCrossEntropy({ hidden, weight, bias, targets }, { chunkLength });
    },
  });
  return { logits, loss };
}

/** Layers with memory between an adaptive embedding and an adaptive softmax: the losses of `targets`, and the memory as state. */
export function kitMemoryModel({
  vocabulary,
  ...config
}: SegmentRecurrenceConfig & { readonly vocabulary: number }): Layer<AdaptiveTargets, StatefulResult> {
  const clusters = { vocabulary, width: config.width };
  return defineLayer({
    name: 'kitMemoryModel',
    parts: { transformer: segmentRecurrence({ ...config, embedding: adaptiveEmbedding(clusters) }), crit: adaptiveSoftmax(clusters) },
    run: ({ parts }, x): StatefulResult => ({ hidden: parts.crit(parts.transformer(x)), state: {} }),
  }) as object as Layer<AdaptiveTargets, StatefulResult>;
}
