import type { BigBirdContext as BlocksContext } from '@longspan/attention-sparse';
import type { Layer } from '@longspan/core-tensor';
import { ConfigError, inNameOf, isList, type OptionKind, requireKind, requireKnown } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../../config/read-config.ts';
import type { EmbeddingsContext } from '../../encoder/embeddings.ts';
import type { EncoderContext, EncoderOutput } from '../../encoder/encoder-model.ts';
import { postNormEncoder } from '../../encoder/post-norm-encoder.ts';
import { type ModelOptions, modelOptionNames } from '../../pretrained/family.ts';
import { attentionOf, type BigBirdRandomBlocks } from './attention.ts';
import { type BigBirdConfig, bigBirdConfig } from './config.ts';

export type BigBirdContext = EmbeddingsContext & BlocksContext & EncoderContext;

/** How a BigBird is put together; `blockSize` is of full attention, that of the blocks is the config's. */
export interface BigBirdHeadOptions extends ModelOptions {
  /** Hugging Face's by default: in evaluation none are drawn (block 0 counts 1 + numRandomBlocks times), in training each layer's own. */
  readonly randomBlocks?: BigBirdRandomBlocks | undefined;
}

export interface BigBirdOptions extends BigBirdHeadOptions {
  /** Whether the model has a pooler; true by default. */
  readonly pooler?: boolean | undefined;
}

/** What `requireKnown` checks of them. */
export const bigBirdOptionNames: Readonly<Record<keyof BigBirdHeadOptions, true | OptionKind>> = {
  ...modelOptionNames,
  randomBlocks: true,
};

/**
 * BigBird: BERT whose blocks attend to the first and the last block, to their neighbours and to random ones, and those two to all. Texts of
 * up to (5 + 2 · numRandomBlocks) · blockSize tokens are attended to in full, as in Hugging Face, which is warned of once. A block that is
 * named twice counts twice. With `isDecoder` no token attends to later ones: Hugging Face ignores it in block-sparse attention, and so its
 * tokens see the future; ours do not. Any length: the last block may be shorter. Block-sparse attention weights are never dropped, as there.
 * Parameters as in Hugging Face's BigBirdModel. Context: `padding`, `tokenTypes`, `positions`, `hiddenStates`.
 * @shape ids int32 [b, n] -> hidden [b, n, hiddenSize], pooled [b, hiddenSize]
 * @throws ConfigError when heads do not divide hiddenSize; apply: ConfigError for a text longer than the table of positions
 * @cost O(n · blockSize · (5 + numRandomBlocks) · hiddenSize) time a layer for the attention, and O(n · hiddenSize · (4 · hiddenSize + 2 · intermediateSize))
 * @source Zaheer et al. 2020 (arXiv 2007.14062); BigBirdModel of Hugging Face transformers 4.57
 * @example
 * const sizes = { vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16, blockSize: 2, numRandomBlocks: 1 };
 * const model = bigBirdModel(sizes);
 * const { hidden, pooled } = model.apply(model.init(createKey(0)), ones([1, 17], 'int32'));
 * [hidden.shape, pooled.shape]; // => [[1, 17, 8], [1, 8]]
 */
export const bigBirdModel = (
  config: ConfigJson | Partial<BigBirdConfig>,
  options: BigBirdOptions = {},
): Layer<BigBirdContext, EncoderOutput> => inNameOf('bigBirdModel', () => modelOf('bigBirdModel', bigBirdConfig(config), options));

/** The body of a model with a head, whom errors name. */
export function modelOf(name: string, config: BigBirdConfig, options: BigBirdOptions): Layer<BigBirdContext, EncoderOutput> {
  requireKnown(name, options, { ...bigBirdOptionNames, pooler: 'flag' });
  const { pooler = true, randomBlocks, blockSize } = options;
  requireRandomBlocks(name, randomBlocks, config.numHiddenLayers);
  return postNormEncoder(
    config,
    {
      name,
      attention: (layer) => attentionOf(config, layer, { randomBlocks, blockSize }),
      positionsOver: 'row',
      pooler,
      poolerName: 'pooler',
      wordScale: config.rescaleEmbeddings ? Math.sqrt(config.hiddenSize) : 1,
      dropsBeforeNorm: true,
    },
    options,
  );
}

function requireRandomBlocks(caller: string, given: BigBirdRandomBlocks | undefined, layers: number): void {
  if (given === undefined) return;
  if (!isList(given)) requireKind(caller, 'randomBlocks', given, 'key');
  if (!isList(given) || given.length === layers) return;
  throw new ConfigError({
    caller,
    problem: 'randomBlocks must be a key, or have one entry for each layer.',
    expected: `${layers} entries [heads][blocks − 2][…]  (numHiddenLayers)`,
    got: `${given.length}`,
    remedy: 'give a key, from which blocks are drawn for every length.',
  });
}
