import { defineLayer, dims, embedding, type Layer, type LayerOutput, linear, type StatefulResult } from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import { attentionOf, checkPadding, fanInDraw, hiddenOf, stateOf } from '@longspan/core-tensor/layer';
import { type HourglassConfig, type HourglassContext, hourglass } from '@longspan/hierarchical';
import { concat, slice, type Tensor, tensor, where, zeros, zerosLike } from '@tensorflow/tfjs-core';
import { giving, keptTokens, logitsToKeepName, type NextTokenContext, requireLogitsToKeep } from '../../head/next-tokens.ts';

export interface HourglassLanguageModelConfig extends HourglassConfig {
  /** How many different tokens there are. */
  readonly vocabulary: number;
  /**
   * 1: tokens are shifted right by one first (a 0 comes in), so that logits t predict token t, as in trax. 0: logits t predict token t + 1.
   * 1 by default.
   */
  readonly shift?: 0 | 1 | undefined;
}

/**
 * A language model around an Hourglass: an embedding (`embedding.weight`), the layers, a dense layer (`logits`).
 * @shape ids int32 [b, n], any n -> logits [b, n, vocabulary]; with a cache { hidden: logits, state }
 * @throws as hourglass; ConfigError when vocabulary is not an integer of at least 1, shift not 0 or 1, or 1 with a cache
 * @cost that of hourglass and O(n · width · vocabulary)
 * @source trax models/research/hourglass.py, HourglassLM
 * @example
 * const model = hourglassLanguageModel({ vocabulary: 5, width: 4, heads: 2, tokenLayers: [1, 1], hierarchy: '1@2' });
 * model.apply(model.init(createKey(0)), tensor2d([[1, 2, 3]], [1, 3], 'int32')).shape; // => [1, 3, 5]
 */
export function hourglassLanguageModel(
  config: HourglassLanguageModelConfig & { readonly cache?: false | undefined },
): Layer<HourglassContext & NextTokenContext>;
export function hourglassLanguageModel(
  config: HourglassLanguageModelConfig & { readonly cache: true },
): Layer<HourglassContext & NextTokenContext, StatefulResult>;
export function hourglassLanguageModel(config: HourglassLanguageModelConfig): object {
  return askable(config, bodyWithLogits('hourglassLanguageModel', config));
}

/** Shifted by one, logits are of the tokens that are there: nothing can be written by them. */
export const askable = <Model extends object>({ shift = 1 }: HourglassLanguageModelConfig, model: Model): Model =>
  shift === 1 ? giving('logits of the tokens that it reads (shift 1; one with cache: true gives those of the next)', model) : model;

/** @param name whom errors name */
export function bodyWithLogits(
  name: string,
  config: HourglassLanguageModelConfig,
): Layer<HourglassContext & NextTokenContext, LayerOutput> {
  requireKnown(name, config, {
    vocabulary: true,
    shift: true,
    width: true,
    heads: true,
    innerWidth: true,
    tokenLayers: true,
    hierarchy: 'text',
    downsampling: true,
    upsampling: true,
    window: true,
    epsilon: 'amount',
    hiddenDropout: true,
    cache: 'flag',
    chunkLength: true,
    wrapLayer: 'function',
  });
  const { vocabulary, shift = 1, ...rest } = config;
  const cache = rest.cache === true;
  requireInteger(name, { vocabulary }, 1);
  if (shift !== 0 && shift !== 1) {
    throw new ConfigError({
      caller: name,
      problem: 'shift must be 0 or 1.',
      expected: '0 or 1',
      got: show(shift),
      remedy: 'leave it out: logits t then predict token t.',
    });
  }
  if (cache && shift === 1) {
    throw new ConfigError({
      caller: name,
      problem: 'shift must be 0 with a cache: a step predicts what follows its token.',
      expected: 'shift 0, which has the same parameters',
      got: '1',
      remedy: 'pass shift: 0.',
    });
  }
  const body: Layer<HourglassContext, LayerOutput> = inNameOf(name, () =>
    cache ? hourglass({ ...rest, cache: true }) : hourglass({ ...rest, cache: false }),
  );
  const parts = inNameOf(name, () => ({
    embedding: embedding({ vocabulary, width: rest.width, standardDeviation: 0.02 }),
    logits: linear({ inFeatures: rest.width, outFeatures: vocabulary, draw: fanInDraw }),
  }));
  return defineLayer<HourglassContext & NextTokenContext, LayerOutput, typeof parts>({
    name,
    // The parameters of the body stand beside the other two, as in the fixtures.
    spec: body.spec,
    reads: [...body.reads, logitsToKeepName],
    parts,
    states: body.states,
    attentions: body.attentions,
    check(caller, ids, { padding }) {
      const { b, n } = dims(caller, { ids: [ids, 'b n:int32'] });
      checkPadding(caller, padding, { batch: b, length: n });
    },
    checkContext(caller, { logitsToKeep, ...context }) {
      requireLogitsToKeep(caller, { logitsToKeep });
      body.checkContext(caller, context);
    },
    run({ parts, ...own }, ids, { logitsToKeep, ...context }) {
      const [batch, length] = ids.shape as [number, number];
      const before = () => slice(withoutPadding(ids, context.padding), [0, 0], [batch, length - 1]);
      const shifted = shift === 0 ? ids : concat([zeros([batch, 1], 'int32'), before()], 1);
      const output = body.run(own, parts.embedding(shifted), context);
      const logits = parts.logits(keptTokens(hiddenOf(output), { logitsToKeep }));
      const rows = attentionOf(output);
      if (cache) return { hidden: logits, state: stateOf(output), ...rows };
      return rows.attentionWeights === undefined ? logits : { hidden: logits, ...rows };
    },
  }) as object as Layer<HourglassContext & NextTokenContext, LayerOutput>;
}

/** Padded tokens are 0, as what comes in before the beginning of a row. */
function withoutPadding(ids: Tensor, padding: HourglassContext['padding']): Tensor {
  if (padding === undefined || !padding.some) return ids;
  const marks = Uint8Array.from(padding.rows.flatMap((row) => Array.from(row)));
  return where(tensor(marks, [padding.rows.length, padding.length], 'bool'), ids, zerosLike(ids));
}
