import type { Layer, LayerOutput, LayerState, Padding, Parameters } from '@longspan/core-tensor';
import { ConfigError, requireKind } from '@longspan/core-tensor/error';
import { hiddenOf, stateOf } from '@longspan/core-tensor/layer';
import { concat, type Tensor } from '@tensorflow/tfjs-core';
import { logitsToKeepName, type NextTokenContext, requireNextTokens } from '../../head/next-tokens.ts';
import { lastLogits } from './last-logits.ts';
import type { StepContext, Steps, StepTokens } from './steps.ts';
import { lastPositions, withRead } from './token-places.ts';

/** A layer from ids to logits: its context is checked when it is applied. */
type LanguageLayer = Layer<NextTokenContext, LayerOutput>;

const asLanguageLayer = (layer: Layer<never, LayerOutput>): LanguageLayer => layer as object as LanguageLayer;

/** What a layer reads of which tokens are padding and where they stand. */
function placesOf(layer: LanguageLayer, { ids, padding, read }: StepTokens): Readonly<Record<string, unknown>> {
  if (padding === undefined) return {};
  if (!layer.reads.includes('padding')) {
    throw new ConfigError({
      caller: layer.name,
      problem: 'prompts must be of one length for a model that takes no padding.',
      expected: 'prompts of one length',
      got: 'prompts of several lengths',
      remedy: 'generate for the prompts of each length apart.',
    });
  }
  const [batch, length] = ids.shape as [number, number];
  const all: Padding = read === 0 ? padding : withRead(padding, batch, read);
  return { padding: all, ...(layer.reads.includes('positions') ? { positions: lastPositions(all, length) } : {}) };
}

/** Logits of all tokens of a long prompt would be its length times the vocabulary. */
const lastAlone = (layer: LanguageLayer): NextTokenContext => (layer.reads.includes(logitsToKeepName) ? { [logitsToKeepName]: 1 } : {});

/**
 * A causal model that keeps what it needs of the tokens before as state: the prompts are read at once, then each step reads one token.
 * @param layer from ids int32 [b, n] to logits [b, n, vocabulary], or log-probabilities, with state (`multiHeadAttention` with a cache,
 *   Transformer-XL's memory)
 * @cost that of the layer for the tokens of a step
 * @example
 * const attention = multiHeadAttention({ width: 4, heads: 2, mask: causal(), cache: true });
 * const model = languageModel({ vocabulary: 5, width: 4, layers: { attention } });
 * cachedSteps(model).side; // => 'left'
 */
export function cachedSteps(layer: Layer<never, LayerOutput>): Steps {
  requireKind('cachedSteps', 'layer', layer, 'layer');
  requireNextTokens('cachedSteps', layer);
  const model = asLanguageLayer(layer);
  const run = (parameters: Parameters, tokens: StepTokens, state: LayerState, context: StepContext) => {
    const output = model.apply(parameters, tokens.ids, { ...context, ...placesOf(model, tokens), ...lastAlone(model), state });
    return { logits: lastLogits(model.name, tokens.ids, hiddenOf(output)), state: stateOf(output) };
  };
  return {
    name: layer.name,
    spec: layer.spec,
    side: 'left',
    start: (parameters, tokens, context) => run(parameters, tokens, {}, context),
    next: run,
  };
}

/**
 * A causal model without state: each step reads all tokens again. The state is the tokens.
 * @param layer from ids int32 [b, n] to logits [b, n, vocabulary]
 * @cost that of the layer for all tokens so far, at each step
 * @example
 * const attention = multiHeadAttention({ width: 4, heads: 2, mask: causal() });
 * wholeSteps(languageModel({ vocabulary: 5, width: 4, layers: { attention } })).name; // => 'languageModel'
 */
export function wholeSteps(layer: Layer<never, LayerOutput>): Steps {
  requireKind('wholeSteps', 'layer', layer, 'layer');
  requireNextTokens('wholeSteps', layer);
  const model = asLanguageLayer(layer);
  const run = (parameters: Parameters, tokens: StepTokens, context: StepContext) => {
    const output = model.apply(parameters, tokens.ids, { ...context, ...placesOf(model, tokens), ...lastAlone(model) });
    return { logits: lastLogits(model.name, tokens.ids, hiddenOf(output)), state: { tokens: tokens.ids } };
  };
  return {
    name: layer.name,
    spec: layer.spec,
    side: 'left',
    start: (parameters, tokens, context) => run(parameters, { ...tokens, ids: tokens.ids.clone() }, context),
    next: (parameters, tokens, { tokens: before }, context) =>
      run(parameters, { ...tokens, ids: concat([before as Tensor, tokens.ids], 1) }, context),
  };
}

/** States that a layer goes on from, by their last name. Others (buckets, centroids) are choices of one call. */
const kept = /(^|[.])(keys|queryKeys|memory)$/;

/** A model that knows how it is read, or a layer, by its states. */
export type GenerationModel = Steps | { readonly steps: Steps } | Layer<never, LayerOutput>;

/** How a model is read token by token: as it says itself; else with its state, where it keeps keys or a memory; else as a whole. */
export function stepsOf(model: GenerationModel): Steps {
  if ('steps' in model) return model.steps;
  if ('start' in model) return model;
  return model.states.some((name) => kept.test(name)) ? cachedSteps(model) : wholeSteps(model);
}

/** Throws unless it is a model that can be read token by token. */
export function requireModel(caller: string, model: GenerationModel): void {
  const isRecord = typeof model === 'object' && model !== null;
  if (!isRecord || !('steps' in model || 'start' in model)) {
    requireKind(caller, 'model', model, 'layer');
    requireNextTokens(caller, model);
  } else {
    const steps = stepsOf(model);
    requireKind(caller, 'model.start', steps?.start, 'function');
    requireKind(caller, 'model.next', steps?.next, 'function');
  }
}
