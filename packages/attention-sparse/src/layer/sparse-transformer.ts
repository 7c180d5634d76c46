import type { Layer } from '@longspan/core-tensor';
import { ConfigError, owned, requireHeads, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import { transformerDraw } from '@longspan/core-tensor/layer';
import { blockDiagonal, causal, dilatedWindow, fixed, keysAt, type Mask, perHead, slidingWindow, strided } from '../mask/index.ts';
import type { SelfAttentionContext } from './multi-head/config.ts';
import { namedAttention } from './multi-head/multi-head.ts';

/** Child et al.'s two patterns: by distance, or by blocks whose last `summary` tokens all later ones attend to. */
export type SparsePattern =
  | { readonly kind: 'strided'; readonly stride: number }
  | { readonly kind: 'fixed'; readonly stride: number; readonly summary: number };

export interface SparseTransformerAttentionConfig {
  /** Features of a token, all heads together. */
  readonly width: number;
  readonly heads: number;
  readonly pattern: SparsePattern;
  /**
   * Where the two parts of the pattern go. 'merged' (the default): each head attends to both. 'perHead': even heads the near part, odd
   * ones the far part. 'near', 'far': one part, for layers that take turns. The paper's three ways (§4.3), in the order 2, 3, 1.
   */
  readonly parts?: 'merged' | 'perHead' | 'near' | 'far' | undefined;
  /** Share of the attention weights that is dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
  /** Tokens along each side of a block of the layout; 64 by default, or the length of shorter sequences, filled up to a multiple of 8. */
  readonly blockSize?: number | undefined;
}

const caller = 'sparseTransformerAttention';

/**
 * Causal multi-head attention with the strided or the fixed pattern of the Sparse Transformer, output projection included.
 * In the far part of the fixed pattern alone, the tokens before the first summary are fully masked and get the output's bias.
 * Parameters: `query`, `key`, `value`, `output`, each `.weight` and `.bias`.
 * @shape x [b, n, width] -> [b, n, width]
 * @throws ConfigError when heads do not divide width or the pattern's numbers do not fit; apply: ShapeError, ConfigError when x or
 *   the padding does not fit
 * @cost O(n · (stride + n / stride)) pairs, O(n · √n) with stride √n; far parts are scattered, so at a stride below blockSize their
 *   blocks cover everything before
 * @source Child et al. 2019 (arXiv 1904.10509) §4.2, §4.3
 * @example
 * const layer = sparseTransformerAttention({ width: 4, heads: 2, pattern: { kind: 'strided', stride: 3 } });
 * layer.apply(layer.init(createKey(0)), ones([1, 7, 4])).shape; // => [1, 7, 4]
 */
export function sparseTransformerAttention(config: SparseTransformerAttentionConfig): Layer<SelfAttentionContext> {
  requireKnown('sparseTransformerAttention', config, {
    width: true,
    heads: true,
    pattern: true,
    parts: true,
    attentionDropout: true,
    blockSize: true,
  });
  const { width, heads, pattern, parts = 'merged', attentionDropout, blockSize } = config;
  if (!partsKnown.includes(parts)) throw unknownParts(parts);
  requireHeads(caller, config);
  requirePattern(pattern);
  const own = owned(pattern);
  return namedAttention(caller, {
    width,
    heads,
    mask: ({ keyLength }) => sparseMask(own, parts, heads, keyLength),
    attentionDropout,
    blockSize,
    draw: transformerDraw,
  }) as Layer<SelfAttentionContext>;
}

function sparseMask(pattern: SparsePattern, parts: 'merged' | 'perHead' | 'near' | 'far', heads: number, length: number): Mask {
  const { stride } = pattern;
  if (parts === 'merged') return pattern.kind === 'strided' ? strided({ stride }) : fixed({ stride, summary: pattern.summary });
  if (parts === 'near') return nearPart(pattern);
  if (parts === 'far') return farPart(pattern, length);
  const both = [nearPart(pattern), farPart(pattern, length)] as const;
  return perHead(Array.from({ length: heads }, (_, head) => (head % 2 === 0 ? both[0] : both[1])));
}

const nearPart = (pattern: SparsePattern): Mask =>
  pattern.kind === 'strided'
    ? slidingWindow({ left: pattern.stride, right: 0 })
    : blockDiagonal({ blockSize: pattern.stride }).and(causal());

function farPart(pattern: SparsePattern, length: number): Mask {
  const { stride } = pattern;
  if (pattern.kind === 'strided') return dilatedWindow({ left: Math.ceil(length / stride), right: 0, dilation: stride });
  const summaries = Array.from({ length }, (_, position) => position).filter((position) => position % stride >= stride - pattern.summary);
  return keysAt(summaries).and(causal());
}

function requirePattern(pattern: SparsePattern): void {
  requireKnown(`${caller} pattern`, pattern, ['kind', 'stride', 'summary']);
  requireInteger(caller, { 'pattern.stride': pattern.stride }, 1);
  if (pattern.kind === 'strided') return;
  requireInteger(caller, { 'pattern.summary': pattern.summary }, 1);
  if (pattern.summary <= pattern.stride) return;
  throw new ConfigError({
    caller,
    problem: 'pattern.summary must be at most pattern.stride.',
    expected: `from 1 to ${pattern.stride} tokens (pattern.stride)`,
    got: String(pattern.summary),
    remedy: 'use a few of the last tokens of each stride: the paper takes 8 of 128.',
  });
}

const partsKnown: readonly string[] = ['merged', 'perHead', 'near', 'far'];

const unknownParts = (parts: unknown): ConfigError =>
  new ConfigError({
    caller: 'sparseTransformerAttention',
    problem: `parts must be one of ${partsKnown.join(', ')}.`,
    expected: partsKnown.map((each) => `'${each}'`).join(', '),
    got: show(parts),
    remedy: 'leave it out for both parts in each head.',
  });
