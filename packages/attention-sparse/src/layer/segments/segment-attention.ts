import type { Layer } from '@longspan/core-tensor';
import { owned, requireKnown } from '@longspan/core-tensor/error';
import { requireContext } from '@longspan/core-tensor/layer';
import type { Segments } from '../../mask/index.ts';
import type { AttentionContext, CrossAttentionContext, MultiHeadAttentionConfig, SelfAttentionContext } from '../multi-head/config.ts';
import { namedAttention } from '../multi-head/multi-head.ts';
import { attendSegments } from './attend-segments.ts';
import { requireSegments } from './require-segments.ts';
import { checkRoutes, checkSegments, type SegmentRoute } from './route.ts';

/** Everything else is as in multiHeadAttention. */
export interface SegmentAttentionConfig
  extends Pick<
    MultiHeadAttentionConfig,
    | 'width'
    | 'heads'
    | 'keyHeads'
    | 'headDim'
    | 'keyWidth'
    | 'cross'
    | 'bias'
    | 'output'
    | 'names'
    | 'draw'
    | 'scale'
    | 'attentionDropout'
    | 'blockSize'
  > {
  /** Which segments attend to which; a query that no route names attends to nothing. */
  readonly routes: readonly SegmentRoute[];
}

/** What x, or x and the states of the encoder, consist of: made by `segments`. */
export interface SegmentNames {
  readonly segments: Segments;
}

/**
 * Multi-head attention between named segments (text x image x video), sparse from each to each: every route is a mask of its own, or key
 * regions that the data select, or both, and all that a query attends to shares one softmax. The segments of one sequence attend to each
 * other, or with `cross: true` those of x attend to those of the encoder's states. Lengths may differ from call to call, and need not be
 * multiples of a block. Padded keys are masked, and not counted where blocks are selected.
 * @shape x [b, n, width] -> [b, n, width]; context.encoder.hidden [b, nk, keyWidth]
 * @throws ConfigError when the config contradicts itself; apply: ShapeError, ConfigError when x, the context or a route does not fit
 * @cost O(n · width²) for the linear layers, and the attention that applySegmentAttention has
 * @source Child et al. 2019 (arXiv 1904.10509) for masks by parts; Lu et al. 2025 (arXiv 2502.13189) §2.2 for the choice
 * @example
 * const layer = segmentAttention({
 *   width: 4,
 *   heads: 2,
 *   blockSize: 2,
 *   routes: [
 *     { from: 'text', to: 'text', mask: causal() },
 *     { from: 'text', to: 'image', topK: 1 },
 *     { from: 'image', to: 'image', mask: grid([2, 3]).neighbourhood({ radius: [1, 1] }) },
 *   ],
 * });
 * layer.apply(layer.init(createKey(0)), ones([1, 11, 4]), { segments: segments({ text: 5, image: 6 }) }).shape; // => [1, 11, 4]
 */
export function segmentAttention(
  config: SegmentAttentionConfig & { readonly cross?: false | undefined },
): Layer<SelfAttentionContext & SegmentNames>;
export function segmentAttention(config: SegmentAttentionConfig & { readonly cross: true }): Layer<CrossAttentionContext & SegmentNames>;
export function segmentAttention(options: SegmentAttentionConfig): object {
  requireKnown('segmentAttention', options, {
    width: true,
    heads: true,
    keyHeads: true,
    headDim: true,
    keyWidth: true,
    cross: 'flag',
    bias: 'flag',
    output: 'flag',
    names: 'record',
    draw: 'record',
    scale: true,
    attentionDropout: true,
    blockSize: true,
    routes: true,
  });
  checkRoutes('segmentAttention', options.routes);
  const { routes, ...config } = owned(options);
  return namedAttention<AttentionContext & SegmentNames>('segmentAttention', config, {
    reads: ['segments'],
    checkContext: (caller, { segments }) =>
      requireSegments(caller, 'context.segments', requireContext(caller, 'segments', segments, 'segments({ text: 77, image: 196 })')),
    check(caller, x, { segments, encoder }) {
      const keys = config.cross && encoder !== undefined ? (['context.encoder.hidden', encoder.hidden] as const) : (['x', x] as const);
      checkSegments(caller, routes, segments, [
        ['x', x.shape[1] as number],
        [keys[0], keys[1].shape[1] as number],
      ]);
    },
    attend: (caller, q, k, v, { score, scale, blockSize }, { segments, padding, encoder }) =>
      attendSegments(caller, q, k, v, {
        segments,
        routes,
        padding: config.cross ? encoder?.padding : padding,
        queryPadding: config.cross ? undefined : padding,
        blockSize,
        scale,
        score,
      }).out,
  });
}
