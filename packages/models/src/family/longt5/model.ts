import { multiHeadAttention, slidingWindow, transientGlobalAttention } from '@longspan/attention-sparse';
import {
  type Draw,
  defineLayer,
  dims,
  dropout,
  embedding,
  type Layer,
  type LayerContext,
  linear,
  type Padding,
  rmsNorm,
} from '@longspan/core-tensor';
import { inNameOf, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { mul, type Tensor } from '@tensorflow/tfjs-core';
import { activations } from '../../config/kinds.ts';
import type { ConfigJson } from '../../config/read-config.ts';
import { checkIdPadding, type EncoderContext, type EncoderOutput } from '../../encoder/encoder-model.ts';
import { preNormLayer } from '../../encoder/pre-norm-layer.ts';
import { activate } from '../../head/encoder-heads.ts';
import { giving } from '../../head/next-tokens.ts';
import { type ModelOptions, modelOptionNames } from '../../pretrained/family.ts';
import { feedForwardOf, type LongT5Config, longT5Config } from './config.ts';

export interface LongT5Context extends EncoderContext {
  /** Which tokens are padding, wherever they stand; none by default. */
  readonly padding?: Padding | undefined;
}

/** What the first layer's tables are called in the context of the others, and in its attention. */
const shared = { relativeBias: 'relative_attention_bias.weight', globalRelativeBias: 'global_relative_attention_bias.weight' } as const;

const nameOfLayer = (at: number): string => `encoder.block.${at}`;

/**
 * LongT5's encoder: pre-norm layers without biases, a window with T5's biases by distance and, in transient-global attention, global tokens
 * that each layer sums anew from blocks of tokens. The first layer's tables of biases are those of all. It has no table of positions, so a
 * text may have any length. Parameters as in Hugging Face's LongT5EncoderModel. Context: `padding`, `hiddenStates`, the last of which is
 * after the last norm. In rows of the softmax of n tokens the key n + g is global token g.
 * @shape ids int32 [b, n] -> hidden [b, n, dModel]
 * @throws ConfigError for sizes that no model has
 * @cost O(n · localRadius) pairs a layer, and O(n² / globalBlockSize) with transient-global attention, none of them in memory
 * @source Guo et al. 2022 (arXiv 2112.07916); LongT5EncoderModel of Hugging Face transformers 4.57
 * @example
 * const model = longT5Model({ vocabSize: 9, dModel: 8, dKv: 4, dFf: 16, numLayers: 1, numHeads: 2, localRadius: 3 });
 * model.apply(model.init(createKey(0)), ones([1, 11], 'int32')).hidden.shape; // => [1, 11, 8]
 */
export const longT5Model = (config: ConfigJson | Partial<LongT5Config>, options: ModelOptions = {}): Layer<LongT5Context, EncoderOutput> =>
  inNameOf('longT5Model', () => modelOf('longT5Model', longT5Config(config), options));

function modelOf(name: string, config: LongT5Config, options: ModelOptions): Layer<LongT5Context, EncoderOutput> {
  requireKnown(name, options, modelOptionNames);
  const { wrapLayer = (layer) => layer } = options;
  const { dModel: width, numLayers, dropoutRate: rate, layerNormEpsilon: epsilon, initializerFactor } = config;
  const layers = Array.from({ length: numLayers }, (_, at) => [nameOfLayer(at), wrapLayer(layerOf(name, config, at, options))] as const);
  const parts: Readonly<Record<string, Layer>> = {
    shared: embedding({ vocabulary: config.vocabSize, width, standardDeviation: initializerFactor }),
    ...Object.fromEntries(layers),
    'encoder.final_layer_norm': rmsNorm({ width, epsilon }),
    dropoutBefore: dropout({ rate }),
    dropoutAfter: dropout({ rate }),
  };
  const model = defineLayer<EncoderContext, EncoderOutput, typeof parts, keyof typeof shared>({
    name,
    parts,
    reads: ['hiddenStates'],
    provides: ['relativeBias', 'globalRelativeBias'],
    checkContext(caller, { hiddenStates }) {
      if (hiddenStates !== undefined) requireKind(caller, 'context.hiddenStates', hiddenStates, 'flag');
    },
    check(caller, ids, context) {
      dims(caller, { ids: [ids, 'b n:int32'] });
      checkIdPadding(caller, ids, context);
    },
    run({ parts, parameters }, ids, { hiddenStates }) {
      const part = (of: string) => parts[of] as (typeof parts)[string];
      const first = parameters.below(`${nameOfLayer(0)}.${attentionName(config)}`);
      const tables = Object.fromEntries(Object.entries(shared).map(([context, table]) => [context, first.find(table)]));
      const states = [part('dropoutBefore')(part('shared')(ids))];
      for (const [layer] of layers) states.push(part(layer)(states.at(-1) as Tensor, tables as LayerContext));
      const hidden = part('dropoutAfter')(part('encoder.final_layer_norm')(states.at(-1) as Tensor));
      return { hidden, ...(hiddenStates ? { hiddenStates: [...states.slice(0, -1), hidden.clone()] } : {}) };
    },
  }) as object as Layer<LongT5Context, EncoderOutput>;
  return giving('hidden states', model);
}

const attentionName = ({ encoderAttentionType }: LongT5Config): string =>
  encoderAttentionType === 'local' ? 'layer.0.LocalSelfAttention' : 'layer.0.TransientGlobalSelfAttention';

function layerOf(name: string, config: LongT5Config, at: number, { blockSize }: ModelOptions): Layer<LayerContext> {
  const { dModel: width, numHeads: heads, dKv: headDim, localRadius: radius, layerNormEpsilon: epsilon, dropoutRate } = config;
  const draw: Draw = { kind: 'normal', standardDeviation: config.initializerFactor * width ** -0.5 };
  const relativeBias = {
    buckets: config.relativeAttentionNumBuckets,
    maxDistance: config.relativeAttentionMaxDistance,
    shared: at > 0,
  };
  const sizes = { width, heads, headDim, attentionDropout: dropoutRate, draw, blockSize };
  const attention =
    config.encoderAttentionType === 'local'
      ? multiHeadAttention({
          ...sizes,
          bias: false,
          names: { query: 'q', key: 'k', value: 'v', output: 'o' },
          scale: 1,
          mask: slidingWindow({ left: radius, right: radius }),
          relativeBias: { ...relativeBias, bidirectional: true },
        })
      : transientGlobalAttention({ ...sizes, radius, globalBlockLength: config.globalBlockSize, relativeBias, epsilon });
  return preNormLayer<LayerContext>({
    name,
    attention: attention as object as Layer<LayerContext>,
    feedForward: feedForward(name, config, draw),
    attentionNorm: rmsNorm({ width, epsilon }),
    feedForwardNorm: rmsNorm({ width, epsilon }),
    names: {
      attentionNorm: 'layer.0.layer_norm',
      attention: attentionName(config),
      feedForwardNorm: 'layer.1.layer_norm',
      feedForward: 'layer.1.DenseReluDense',
    },
    attentionDropout: dropoutRate,
  });
}

/** T5's: no biases, dropout of the inner features and of what comes out. */
function feedForward(name: string, config: LongT5Config, draw: Draw): Layer {
  const { dModel: width, dFf: innerWidth, dropoutRate: rate } = config;
  const { gated, activation } = feedForwardOf(config);
  const apply = activate[activations[activation]];
  const widen = linear({ inFeatures: width, outFeatures: innerWidth, bias: false, draw });
  const parts: Readonly<Record<string, Layer>> = {
    ...(gated ? { wi_0: widen, wi_1: widen } : { wi: widen }),
    wo: linear({ inFeatures: innerWidth, outFeatures: width, bias: false, draw }),
    innerDropout: dropout({ rate }),
    outputDropout: dropout({ rate }),
  };
  return defineLayer({
    name,
    parts,
    run({ parts }, x) {
      const part = (of: string) => parts[of] as (typeof parts)[string];
      const inner = gated ? mul(apply(part('wi_0')(x)), part('wi_1')(x)) : apply(part('wi')(x));
      return part('outputDropout')(part('wo')(part('innerDropout')(inner)));
    },
  });
}
