import {
  type BoundPart,
  crossEntropy,
  defineLayer,
  dims,
  embedding,
  type Layer,
  type LayerContext,
  type LayerOutput,
  layerNorm,
  linear,
  rotaryTables,
  type StatefulResult,
} from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireKnown, stamped } from '@longspan/core-tensor/error';
import { checkPadding, fanInDraw, requireContext, stateTensors } from '@longspan/core-tensor/layer';
import { add, type Tensor } from '@tensorflow/tfjs-core';
import type { ConfigJson } from '../../config/read-config.ts';
import type { Labels } from '../../head/losses.ts';
import { nextTokenLabels } from '../../head/next-token-labels.ts';
import { giving, keptTokens, logitsToKeepName, type NextTokenContext, requireLogitsToKeep } from '../../head/next-tokens.ts';
import { type WrapOptions, wrapOptionNames } from '../../pretrained/family.ts';
import { clustersOf, type RoutingTransformerConfig, routingTransformerConfig } from './config.ts';
import { type RoutingLayerContext, type RoutingLayerOutput, type RoutingMembers, routingBranch, routingFeedForward } from './layer.ts';

export type RoutingTransformerContext = Omit<RoutingLayerContext, 'rotary'>;

export interface RoutingTransformerOutput extends StatefulResult {
  /** [b, n, numTokens] */
  readonly hidden: Tensor;
  /** Scalar: the commitment losses of all layers. */
  readonly auxiliaryLoss: Tensor;
  /** For each layer the tokens that each of its clusters took. */
  readonly members: readonly RoutingMembers[];
}

export interface RoutingTransformerModel extends Layer<RoutingTransformerContext & NextTokenContext, RoutingTransformerOutput> {
  /**
   * { hidden, state }: the mean cross entropy of `labels` (int32 [b, n], −100 where there is none), of the next token where the config is causal
   * and of each token itself where it is not, plus the commitment losses.
   */
  readonly loss: Layer<RoutingTransformerContext & Labels, StatefulResult>;
}

const name = 'routingTransformerForLanguageModel';

/**
 * The Routing Transformer: pre-norm layers in which tokens attend inside clusters of similar ones, by online k-means, with logits of every
 * token. Parameters as in routing-transformer's RoutingTransformerLM. Context: `padding`, `state`. The centroids are state
 * (`routing_transformer.layers.layers.i.0.centroids`): a step of training gives moved ones; where none are given, they are those of the
 * parameters (`….kmeans.means`), into which the state goes when a model is saved.
 *
 * A causal model attends to no later token, but its clusters are chosen from the whole text: see `routingAttention`, and its `rows` for those
 * of the softmax.
 * @shape ids int32 [b, n] -> hidden [b, n, numTokens]
 * @throws ConfigError when sizes do not fit; apply: ConfigError for a text longer than maxSeqLen, for which there are too few clusters
 * @cost O(n · (maxSeqLen / windowSize) · headDim + n · windowSize · headDim) for each head and layer; n · dim · numTokens for the logits
 * @source Roy et al. 2021 (arXiv 2003.05997); routing-transformer 1.6.1, RoutingTransformerLM
 * @example
 * const sizes = { numTokens: 9, dim: 8, depth: 1, heads: 2, maxSeqLen: 8, windowSize: 4, causal: true };
 * const model = routingTransformerForLanguageModel(sizes);
 * const { hidden, state } = model.apply(model.init(createKey(0)), tensor2d([[1, 2, 3, 4, 5]], [1, 5], 'int32'));
 * [hidden.shape, state['routing_transformer.layers.layers.0.0.centroids'].shape]; // => [[1, 5, 9], [2, 2, 4]]
 */
export const routingTransformerForLanguageModel = (
  config: ConfigJson | Partial<RoutingTransformerConfig>,
  options: WrapOptions = {},
): RoutingTransformerModel => inNameOf(name, () => modelOf(routingTransformerConfig(config), options));

function modelOf(config: RoutingTransformerConfig, options: WrapOptions): RoutingTransformerModel {
  requireKnown(name, options, wrapOptionNames);
  const { wrapLayer = (layer) => layer } = options;
  const { numTokens, dim, depth, heads, dimHead: headDim = dim / heads, causal } = config;
  const layerName = (at: number) => `routing_transformer.layers.layers.${at}`;
  const numbers = Array.from({ length: depth }, (_, at) => at);
  const centroids = Object.fromEntries(
    numbers.map((at) => [`${layerName(at)}.0.centroids`, `${heads} ${clustersOf(config)} ${headDim}:float32`]),
  );
  const parts: Readonly<Record<string, Layer>> = {
    token_emb: embedding({ vocabulary: numTokens, width: dim, standardDeviation: 1 }),
    ...Object.fromEntries(
      numbers.flatMap((at) => [
        [`${layerName(at)}.0`, wrapLayer(routingBranch(config)) as object as Layer],
        [`${layerName(at)}.1`, wrapLayer(routingFeedForward(config))],
      ]),
    ),
    norm: layerNorm({ width: dim }),
    out: linear({ inFeatures: dim, outFeatures: numTokens, draw: fanInDraw }),
  };
  const made = <C extends RoutingTransformerContext, Out extends LayerOutput>(
    caller: string,
    { labels = [], optional = [] }: { readonly labels?: readonly string[]; readonly optional?: readonly string[] },
    finish: (output: RoutingTransformerOutput, context: C) => Out,
  ): Layer<C, Out> =>
    defineLayer<RoutingLayerContext, LayerOutput, typeof parts, 'rotary'>({
      name: caller,
      parts,
      reads: ['padding', ...labels, ...optional],
      provides: ['rotary'],
      check(whom, ids, { padding }) {
        const { b, n } = dims(whom, { ids: [ids, 'b n:int32'] });
        checkPadding(whom, padding, { batch: b, length: n });
        requireLength(whom, n, config);
      },
      checkContext(whom, context) {
        requireLogitsToKeep(whom, context);
        for (const label of labels)
          requireContext(whom, label, Reflect.get(context, label) as unknown, 'int32 [b, n], −100 where there is no loss');
      },
      run({ parts: bound, state }, ids, context) {
        stateTensors(state, centroids); // of all layers or of none: a layer without them would take those of the parameters
        const part = (of: string) => bound[of] as object as BoundPart<LayerContext & { rotary?: unknown }, LayerOutput>;
        const length = ids.shape[1] as number;
        const rotary = rotaryTables(
          Array.from({ length }, (_, at) => at),
          headDim,
          { style: 'interleaved' },
        );
        let x = part('token_emb')(ids);
        const routed: RoutingLayerOutput[] = [];
        for (const at of numbers) {
          const found = part(`${layerName(at)}.0`).all(x, { rotary }) as RoutingLayerOutput;
          routed.push(found);
          x = add(x, found.hidden);
          x = add(x, part(`${layerName(at)}.1`)(x));
        }
        const output: RoutingTransformerOutput = {
          hidden: part('out')(part('norm')(keptTokens(x, context))),
          auxiliaryLoss: routed.map(({ auxiliaryLoss }) => auxiliaryLoss).reduce((a, b) => add(a, b)),
          members: routed.map(({ members }) => members),
          state: {},
        };
        return finish(output, context as C);
      },
    }) as object as Layer<C, Out>;
  const model = made<RoutingTransformerContext & NextTokenContext, RoutingTransformerOutput>(
    name,
    { optional: [logitsToKeepName] },
    (output) => output,
  );
  const loss = made<RoutingTransformerContext & Labels, StatefulResult>(
    `${name}.loss`,
    { labels: ['labels'] },
    ({ hidden, auxiliaryLoss }, { labels }) => ({
      hidden: inNameOf(`${name}.loss`, () => add(crossEntropy(hidden, causal ? nextTokenLabels(labels) : labels), auxiliaryLoss)),
      state: {},
    }),
  );
  const whole = { ...model, loss };
  return causal ? stamped(whole) : giving('logits of each token itself (causal false)', whole);
}

function requireLength(caller: string, length: number, { maxSeqLen, windowSize }: RoutingTransformerConfig): void {
  if (length <= maxSeqLen) return;
  throw new ConfigError({
    caller,
    problem: 'the clusters must have room for all tokens.',
    expected: `at most ${maxSeqLen} tokens  (max_seq_len: ${maxSeqLen / windowSize} clusters of ${windowSize})`,
    got: `${length} tokens`,
    remedy: 'read the text in windows, or train a model with a larger max_seq_len.',
  });
}
