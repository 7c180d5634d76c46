import {
  applyLinear,
  type BoundPart,
  type ContextOfAll,
  chain,
  crossEntropy,
  defineLayer,
  embedding,
  type Layer,
  type LayerContext,
  type LayerOutput,
  layerNorm,
  linear,
  linearCrossEntropy,
  type OutputOfAll,
  type Parts,
} from '@longspan/core-tensor';
import { inNameOf, requireGiven, requireInteger, requireKnown, stamped } from '@longspan/core-tensor/error';
import { requireContext } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';
import { keptTokens, logitsToKeepName, type NextTokenContext, requireLogitsToKeep } from '../head/next-tokens.ts';

export interface LanguageModelConfig<Ls extends Parts> {
  /** How many different tokens there are. */
  readonly vocabulary: number;
  /** Features of a token. */
  readonly width: number;
  /** The layers by name, in their order; each keeps the width. A causal model needs layers that are causal. */
  readonly layers: Ls;
  /** Acts on the embedded tokens: learned or axial positions, say; none by default, for layers with rotary or relative positions. */
  readonly positions?: Layer | undefined;
  /** The norm before the output; `layerNorm({ width })` by default. */
  readonly norm?: Layer | undefined;
  /** Whether the embedding's table is the output layer's weight too; true by default. Else there are `output.weight` and `output.bias`. */
  readonly tied?: boolean | undefined;
  /**
   * Tokens of all rows together whose logits the loss has at one time, forward and in the backward pass, which computes them again; all by
   * default. The weight of the output must not be packed then.
   */
  readonly lossChunkLength?: number | undefined;
  /** Of the normal distribution that the embedding is drawn from; 0.02 by default, as in GPT-2. */
  readonly standardDeviation?: number | undefined;
}

export interface Targets extends LayerContext {
  /** int32 of the ids' shape: the token that each position should name; −100 where none counts. */
  readonly targets: Tensor;
}

export interface LanguageModel<Ls extends Parts> extends Layer<ContextOfAll<Ls> & NextTokenContext, OutputOfAll<Ls>> {
  /**
   * The same model, with the same parameters, whose result is the mean cross entropy (nats per token) of `context.targets`: what
   * training minimises.
   */
  readonly loss: Layer<ContextOfAll<Ls> & Targets, OutputOfAll<Ls>>;
}

/** The output layer. */
interface Output {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
  readonly toLogits: (hidden: Tensor) => Tensor;
}

/**
 * A language model of named parts: an embedding, any layers, a norm, and the output. Parameters: `embedding.weight`, `positions.…`,
 * `layers.<name>.…`, `norm.…` and, where it is not tied, `output.…`.
 * @shape ids int32 [b, n] -> logits [b, n, vocabulary], or of the last `logitsToKeep` tokens; loss: a scalar
 * @returns a tensor, or { hidden, state } where a layer has state
 * @throws ConfigError when a size is not an integer of at least 1
 * @cost that of its layers, and O(b · n · width · vocabulary) for the output, whose logits take 4 · b · n · vocabulary bytes; the loss with
 *   lossChunkLength 4 · lossChunkLength · vocabulary, and the product of the output twice in the backward pass
 * @source Radford et al. 2019 (GPT-2); tied weights: Press & Wolf 2017 (arXiv 1608.05859)
 * @example
 * const model = languageModel({ vocabulary: 5, width: 4, layers: { one: residual(feedForward({ width: 4 })) } });
 * const ids = tensor2d([[1, 2, 3]], [1, 3], 'int32');
 * const parameters = model.init(createKey(0));
 * model.apply(parameters, ids).shape; // => [1, 3, 5]
 * (await model.loss.apply(parameters, ids, { targets: ids }).data())[0] > 0; // => true
 */
export function languageModel<const Ls extends Parts>(config: LanguageModelConfig<Ls>): LanguageModel<Ls> {
  requireKnown('languageModel', config, {
    vocabulary: true,
    width: true,
    layers: 'record',
    positions: 'layer',
    norm: 'layer',
    tied: 'flag',
    lossChunkLength: true,
    standardDeviation: 'amount',
  });
  const { vocabulary, width, layers, positions, tied = true, lossChunkLength, standardDeviation = 0.02 } = config;
  if (lossChunkLength !== undefined) requireInteger('languageModel', { lossChunkLength }, 1);
  requireInteger('languageModel', { vocabulary, width }, 1);
  const { norm = layerNorm({ width }) } = config;
  requireGiven('languageModel', 'layers', layers, 'layers by name, each of which keeps the width');
  const parts: Readonly<Record<string, Layer>> = {
    embedding: embedding({ vocabulary, width, standardDeviation }),
    ...(positions === undefined ? {} : { positions }),
    layers: inNameOf('languageModel', () => chain(layers)) as object as Layer,
    norm,
  };
  const output: Readonly<Record<string, Layer>> = tied ? {} : { output: linear({ inFeatures: width, outFeatures: vocabulary }) };

  const made = (
    name: string,
    reads: readonly string[],
    finish: (hidden: Tensor, output: Output, context: Targets & NextTokenContext) => Tensor,
  ): Layer<Targets & NextTokenContext, LayerOutput> =>
    defineLayer({
      name,
      parts: { ...parts, ...output },
      reads,
      check: (caller, ids) => parts['embedding']?.check(caller, ids, {}),
      checkContext(caller, { targets, ...context }) {
        requireLogitsToKeep(caller, context);
        if (reads.includes('targets')) requireContext(caller, 'targets', targets, 'an int32 tensor of the shape of the ids');
      },
      run({ parts: bound, parameters }, ids, context: Targets & NextTokenContext) {
        const steps = Object.keys(parts).map((each) => bound[each] as BoundPart<LayerContext, LayerOutput>);
        const hidden = steps.reduce((x: Tensor, step) => step(x), ids);
        const weights = { weight: parameters.get(tied ? 'embedding.weight' : 'output.weight'), bias: parameters.find('output.bias') };
        const toLogits = (x: Tensor): Tensor => (tied ? applyLinear(x, weights.weight) : (bound['output'] as (typeof bound)[string])(x));
        return finish(hidden, { ...weights, toLogits }, context);
      },
    });

  const logits = made('languageModel', [logitsToKeepName], (hidden, { toLogits }, context) => toLogits(keptTokens(hidden, context)));
  const loss = made('languageModel.loss', ['targets'], (hidden, { toLogits, weight, bias }, { targets }) =>
    inNameOf('languageModel.loss', () =>
      lossChunkLength === undefined
        ? crossEntropy(toLogits(hidden), targets)
        : linearCrossEntropy({ hidden, weight, bias, targets }, { chunkLength: lossChunkLength }),
    ),
  );
  return stamped({ ...logits, loss } as object as LanguageModel<Ls>);
}
