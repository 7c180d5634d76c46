import { defineLayer, type Layer } from '@longspan/core-tensor';
import { inNameOf, requireKnown } from '@longspan/core-tensor/error';
import type { MemoryStart, SegmentRecurrenceContext, SegmentRecurrenceResult } from '@longspan/memory-xl';
import type { ConfigJson } from '../../config/read-config.ts';
import { giving } from '../../head/next-tokens.ts';
import { type ModelOptions, modelOptionNames } from '../../pretrained/family.ts';
import { type TransformerXlConfig, transformerXlConfig } from './config.ts';
import { type XlLanguageModelConfig, xlTransformer } from './language-model.ts';

export interface TransformerXlOptions extends ModelOptions {
  /** What stands before the first segment: memLen vectors of zeros that are attended to, as in Hugging Face, or nothing; 'zeros' by default. */
  readonly memoryStart?: MemoryStart | undefined;
  /** Tokens of each layer's memory instead of memLen: parameters do not depend on it. */
  readonly memoryLength?: number | undefined;
}

/** A config in the terms of the mechanisms. */
export function sizesOf(name: string, config: TransformerXlConfig, options: TransformerXlOptions): XlLanguageModelConfig {
  requireKnown(name, options, { ...modelOptionNames, memoryStart: true, memoryLength: true });
  const { memoryStart = 'zeros', memoryLength = config.memLen, wrapLayer, blockSize } = options;
  const isProjected = config.divVal > 1 || config.dEmbed !== config.dModel;
  return {
    vocabulary: config.vocabSize,
    width: config.dModel,
    embeddingWidth: config.dEmbed,
    cutoffs: config.cutoffs,
    widthDivisor: config.divVal,
    layers: config.nLayer,
    heads: config.nHead,
    headDim: config.dHead,
    innerWidth: config.dInner,
    normalization: config.preLnorm ? 'pre' : 'post',
    epsilon: config.layerNormEpsilon,
    hiddenDropout: config.dropout,
    attentionDropout: config.dropatt,
    memoryLength,
    memoryStart,
    maxDistance: config.clampLen > 0 ? config.clampLen : undefined,
    window: config.sameLength ? { left: config.memLen - 1 } : undefined,
    sharedBiases: !config.untieR,
    tiedTables: config.tieWordEmbeddings,
    tiedProjections: isProjected ? tiedProjections(config) : [],
    wrapLayer,
    blockSize,
  };
}

/** For each cluster whether its projection is the embedding's. */
export const tiedProjections = ({ tieProjs, projShareAllButFirst, cutoffs }: TransformerXlConfig): readonly boolean[] =>
  tieProjs ?? [false, ...cutoffs.map(() => projShareAllButFirst)];

/**
 * Transformer-XL: an adaptive embedding, and layers that attend to what they were given for the segments before, their state. Parameters
 * as in Hugging Face's TransfoXLModel. Context: `state`, `hiddenStates`. A text of any length is read segment by segment, each call with
 * the state of the one before; the first segment attends to a memory of zeros, as in Hugging Face.
 * @shape ids int32 [b, n] -> hidden [b, n, dModel]; state `layers.i.dec_attn.memory` [b, m, dModel] and `layers.i.dec_attn.lengths.row`
 * @throws ConfigError when the sizes do not fit each other; apply: ShapeError, ConfigError when ids, the context or the state does not fit
 * @cost that of segmentRecurrence and adaptiveEmbedding of @longspan/memory-xl: the same for each segment, however long the text
 * @source Dai et al. 2019 (arXiv 1901.02860); TransfoXLModel of Hugging Face transformers 4.57
 * @example
 * const config = { vocabSize: 9, cutoffs: [6], dModel: 4, dEmbed: 4, nHead: 2, dHead: 2, dInner: 8, nLayer: 1, memLen: 5 };
 * const model = transformerXlModel(config);
 * const parameters = model.init(createKey(0));
 * const first = model.apply(parameters, tensor2d([[1, 2, 3]], [1, 3], 'int32'));
 * const second = model.apply(parameters, tensor2d([[4, 5]], [1, 2], 'int32'), { state: first.state });
 * [second.hidden.shape, second.state['layers.0.dec_attn.memory'].shape]; // => [[1, 2, 4], [1, 5, 4]]
 */
export const transformerXlModel = (
  config: ConfigJson | Partial<TransformerXlConfig>,
  options: TransformerXlOptions = {},
): Layer<SegmentRecurrenceContext, SegmentRecurrenceResult> =>
  inNameOf('transformerXlModel', () =>
    giving(
      'hidden states',
      named('transformerXlModel', xlTransformer(sizesOf('transformerXlModel', transformerXlConfig(config), options))),
    ),
  );

/** The same layer, whose errors name the model. */
const named = (name: string, layer: ReturnType<typeof xlTransformer>): ReturnType<typeof xlTransformer> =>
  defineLayer<SegmentRecurrenceContext, SegmentRecurrenceResult>({
    name,
    spec: layer.spec,
    reads: layer.reads,
    states: layer.states,
    check: layer.check,
    checkContext: layer.checkContext,
    run: (own, x, context) => layer.run(own, x, context),
  });
