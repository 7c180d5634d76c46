import { add, type Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, requireGiven, requireKnown, show } from '../error/index.ts';
import { checkSizes } from '../tensor/features.ts';
import { defineLayer } from './define-layer.ts';
import { dropout, requireRate } from './dropout.ts';
import { feedForward } from './feed-forward.ts';
import type { ContextOf, HasState, Layer, LayerContext, LayerOutput, OutputOf, StatefulResult } from './layer.ts';
import { layerNorm } from './layer-norm.ts';

/** What the parts of a transformer layer are called in its parameters. */
export interface TransformerNames {
  readonly attention?: string | undefined;
  readonly attentionNorm?: string | undefined;
  readonly crossAttention?: string | undefined;
  readonly crossAttentionNorm?: string | undefined;
  readonly feedForward?: string | undefined;
  readonly feedForwardNorm?: string | undefined;
}

export interface TransformerLayerConfig<Attention, CrossAttention = undefined> {
  /** Features of a token. */
  readonly width: number;
  /** Any attention layer that keeps the width, output projection included. */
  readonly attention: Attention;
  /** Attention to another sequence, between the two: for decoders. */
  readonly crossAttention?: CrossAttention | undefined;
  /** What follows the attention; `feedForward({ width })`, with GELU over 4 · width features, by default. */
  readonly feedForward?: Layer | undefined;
  /** Whether norms stand before the branches ('pre', by default) or after the residual sums ('post', as in BERT). */
  readonly norm?: 'pre' | 'post' | undefined;
  /** Makes each norm; `layerNorm({ width })` by default. */
  readonly makeNorm?: (() => Layer) | undefined;
  /** Share of each branch's output features that is dropped while training; 0 by default. */
  readonly hiddenDropout?: number | undefined;
  readonly names?: TransformerNames | undefined;
}

type ContextOfLayer<Attention, CrossAttention> = ContextOf<Attention> &
  (CrossAttention extends Layer<never, LayerOutput> ? ContextOf<CrossAttention> : LayerContext);

type OutputOfLayer<Attention, CrossAttention> = true extends HasState<OutputOf<Attention>> | HasState<OutputOf<CrossAttention>>
  ? StatefulResult
  : Tensor;

/**
 * A transformer layer around any attention: attention, then cross attention where there is one, then feed-forward, each with a
 * residual sum and a norm. What the attention reads of the context, and its state, are the layer's.
 * @shape x [b, n, width] -> [b, n, width]
 * @returns a tensor, or { hidden, state } where the attention has state
 * @throws ConfigError when width is not an integer of at least 1, or a rate is not possible
 * @cost that of its parts
 * @source Vaswani et al. 2017 (arXiv 1706.03762) fig. 1; pre-norm: Xiong et al. 2020 (arXiv 2002.04745)
 * @example
 * const layer = transformerLayer({ width: 4, attention: linear({ inFeatures: 4, outFeatures: 4 }) }); // any layer that keeps the width
 * Object.keys(layer.spec).slice(0, 4); // => ['attentionNorm.weight', 'attentionNorm.bias', 'attention.weight', 'attention.bias']
 * layer.apply(layer.init(createKey(0)), ones([1, 5, 4])).shape; // => [1, 5, 4]
 */
export function transformerLayer<
  Attention extends Layer<never, LayerOutput>,
  CrossAttention extends Layer<never, LayerOutput> | undefined = undefined,
>(
  config: TransformerLayerConfig<Attention, CrossAttention>,
): Layer<ContextOfLayer<Attention, CrossAttention>, OutputOfLayer<Attention, CrossAttention>> {
  requireKnown('transformerLayer', config, {
    width: true,
    attention: 'layer',
    crossAttention: 'layer',
    feedForward: 'layer',
    norm: true,
    makeNorm: 'function',
    hiddenDropout: true,
    names: 'record',
  });
  const { width, norm = 'pre', hiddenDropout = 0, makeNorm = () => layerNorm({ width }) } = config;
  checkSizes('transformerLayer', { width });
  checkNorm(norm);
  requireGiven('transformerLayer', 'attention', config.attention, 'a layer that keeps the width');
  requireKnown('transformerLayer', config.names ?? {}, {
    attention: 'text',
    attentionNorm: 'text',
    crossAttention: 'text',
    crossAttentionNorm: 'text',
    feedForward: 'text',
    feedForwardNorm: 'text',
  });
  requireRate('transformerLayer', 'hiddenDropout', hiddenDropout);
  const branches = (
    [
      ['attention', config.attention],
      ['crossAttention', config.crossAttention],
      ['feedForward', config.feedForward ?? feedForward({ width })],
    ] as const
  ).flatMap(([role, layer]) => {
    const names = { branch: config.names?.[role] ?? role, norm: config.names?.[`${role}Norm`] ?? `${role}Norm` };
    return layer === undefined ? [] : [{ ...names, drop: `${role}Dropout`, layer: layer as Layer }];
  });
  const parts: Readonly<Record<string, Layer>> = Object.fromEntries(
    branches.flatMap((each) => [
      [each.norm, makeNorm()],
      [each.branch, each.layer],
      [each.drop, dropout({ rate: hiddenDropout })],
    ]),
  );
  const made: Layer = defineLayer({
    name: 'transformerLayer',
    parts,
    run({ parts }, x) {
      const part = (name: string, of: Tensor): Tensor => (parts[name] as (of: Tensor) => Tensor)(of);
      // A layer that drops nothing would copy.
      const dropped = (name: string, of: Tensor): Tensor => (hiddenDropout === 0 ? of : part(name, of));
      return branches.reduce((hidden: Tensor, { branch, norm: normName, drop }) => {
        if (norm === 'pre') return add(hidden, dropped(drop, part(branch, part(normName, hidden))));
        return part(normName, add(hidden, dropped(drop, part(branch, hidden))));
      }, x);
    },
  });
  return made as object as Layer<ContextOfLayer<Attention, CrossAttention>, OutputOfLayer<Attention, CrossAttention>>;
}

function checkNorm(norm: string): void {
  if (norm === 'pre' || norm === 'post') return;
  throw new ConfigError({
    caller: 'transformerLayer',
    problem: "norm must be 'pre' or 'post'.",
    expected: "'pre' or 'post'",
    got: show(norm),
    remedy: "use 'post' for BERT and its kin, else leave it out.",
  });
}
