import {
  type AttentionRequest,
  type Draw,
  defineLayer,
  type Layer,
  type LayerContext,
  linear,
  mergeHeads,
  originalPositions,
  type Padding,
  rmsNorm,
} from '@longspan/core-tensor';
import { inNameOf, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import {
  type AttentionCall,
  askedAttentionRows,
  attentionCall,
  joinedRows,
  type RowWeights,
  reorderRows,
  runAttention,
} from '@longspan/core-tensor/kernel';
import {
  attentionDropoutTerms,
  checkPadding,
  dropoutKey,
  requireContext,
  requireDraw,
  requireRate,
  weightSpec,
} from '@longspan/core-tensor/layer';
import { add, concat, fill, greater, reshape, scalar, sum, type Tensor, tensor3d, where } from '@tensorflow/tfjs-core';
import { merged } from '../../attention/merge-attention.ts';
import { everything, slidingWindow } from '../../mask/index.ts';
import { type RelativeBias, relativeBiasTerm } from '../multi-head/position-terms.ts';
import { withoutPaddedRows } from '../padding-mask.ts';
import { projectToHeads } from '../project-to-heads.ts';
import { tokensOf } from '../tokens.ts';
import { type GlobalBlocks, globalBlocks } from './global-blocks.ts';

export interface TransientGlobalAttentionConfig {
  /** Features of a token of x. */
  readonly width: number;
  readonly heads: number;
  readonly headDim: number;
  /** Tokens on each side that a query attends to besides itself. */
  readonly radius: number;
  /** Tokens that a global token is the sum of. */
  readonly globalBlockLength: number;
  /** How distances share their biases: of tokens in one table, of blocks in another. `shared`: both are another layer's. */
  readonly relativeBias: Pick<RelativeBias, 'buckets' | 'maxDistance' | 'shared'>;
  /** Added to the mean square in the norm of the global tokens; 1e-6 by default. */
  readonly epsilon?: number | undefined;
  /** Share of the attention weights that is dropped while training; 0 by default. */
  readonly attentionDropout?: number | undefined;
  /** How weights are drawn; as `linear` draws them by default. */
  readonly draw?: Draw | undefined;
  /** Tokens along each side of a block of the layout; 64 by default, or the length of shorter sequences, filled up to a multiple of 8. */
  readonly blockSize?: number | undefined;
}

export interface TransientGlobalContext extends LayerContext {
  /** Which tokens are padding, wherever they stand; none by default. */
  readonly padding?: Padding | undefined;
  /** The tables [buckets, heads] of the layer that holds them, where `relativeBias.shared` asks for them. */
  readonly relativeBias?: Tensor | undefined;
  readonly globalRelativeBias?: Tensor | undefined;
}

const name = 'transientGlobalAttention';
const tables = ['relative_attention_bias.weight', 'global_relative_attention_bias.weight'] as const;

/**
 * LongT5's attention: a window, and global tokens that are made anew in every layer, each the sum of a block of tokens, normed. Tokens after
 * a row's last whole block join it; a text shorter than a block has none. Scores are not scaled. No query attends to padding, and rows of
 * padding are 0 before the output projection. Parameters as in Hugging Face: `q`, `k`, `v`, `o`, `global_input_layer_norm`,
 * `relative_attention_bias`, `global_relative_attention_bias`, each `.weight`. In rows of its softmax the key n + g is the global token g.
 * @shape x [b, n, width] -> the same
 * @throws ConfigError for sizes that no layer has; apply: ShapeError, ConfigError when x, the padding or the tables do not fit
 * @cost O(n · (radius + n / globalBlockLength)) pairs; nothing of that size in memory
 * @source Guo et al. 2022 (arXiv 2112.07916) §3.1; LongT5TransientGlobalAttention of Hugging Face transformers 4.57
 * @example
 * const relativeBias = { buckets: 8, maxDistance: 16 };
 * const layer = transientGlobalAttention({ width: 4, heads: 2, headDim: 2, radius: 2, globalBlockLength: 3, relativeBias });
 * layer.apply(layer.init(createKey(0)), ones([1, 11, 4])).shape; // => [1, 11, 4]
 */
export function transientGlobalAttention(config: TransientGlobalAttentionConfig): Layer<TransientGlobalContext> {
  requireKnown(name, config, {
    width: true,
    heads: true,
    headDim: true,
    radius: true,
    globalBlockLength: true,
    relativeBias: 'record',
    epsilon: 'amount',
    attentionDropout: true,
    draw: 'record',
    blockSize: true,
  });
  const { width, heads, headDim, radius, globalBlockLength, epsilon = 1e-6, attentionDropout = 0, draw, blockSize } = config;
  requireInteger(name, { width, heads, headDim, globalBlockLength, blockSize: blockSize ?? 1 }, 1);
  requireInteger(name, { radius }, 0);
  requireRate(name, 'attentionDropout', attentionDropout);
  requireDraw(name, draw);
  requireKnown(`${name} relativeBias`, config.relativeBias, { buckets: true, maxDistance: true, shared: 'flag' });
  const { buckets, maxDistance, shared = false } = config.relativeBias;
  const biasOf = inNameOf(name, () => relativeBiasTerm(name, { buckets, maxDistance, bidirectional: true }));
  const window = slidingWindow({ left: radius, right: radius });
  const inner = heads * headDim;
  const widen = () => linear({ inFeatures: width, outFeatures: inner, bias: false, draw });
  const table = weightSpec([buckets, heads], draw ?? { kind: 'normal', standardDeviation: width ** -0.5 });
  const part = (of: string) => ({ name: of, heads, headDim });
  return defineLayer({
    name,
    spec: shared ? {} : { [tables[0]]: table, [tables[1]]: table },
    parts: {
      q: widen(),
      k: widen(),
      v: widen(),
      o: linear({ inFeatures: inner, outFeatures: width, bias: false, draw }),
      global_input_layer_norm: rmsNorm({ width, epsilon }),
    },
    attentions: [''],
    reads: ['padding', ...(shared ? ['relativeBias', 'globalRelativeBias'] : [])],
    checkContext: (caller, context) => void dropoutKey(caller, attentionDropout, context),
    check: (caller, x, { padding }) => checkPadding(caller, padding, tokensOf(caller, 'x', x, width)),
    run({ caller, parts, parameters, asked, tell }, x, context: TransientGlobalContext) {
      const { padding } = context;
      const { length } = tokensOf(caller, 'x', x, width);
      const tableOf = (own: (typeof tables)[number], given: 'relativeBias' | 'globalRelativeBias'): Tensor =>
        shared ? requireContext(caller, given, context[given], 'the table [buckets, heads]') : parameters.get(own);
      const dropped = (of: string) => attentionDropoutTerms(caller, attentionDropout, context, of);
      const [q, k, v] = projectToHeads(parameters, x, ['q', 'k', 'v'].map(part)) as [Tensor, Tensor, Tensor];
      const mask = withoutPaddedRows(window, padding);
      const score = [biasOf(tableOf(tables[0], 'relativeBias'), length), ...dropped('local')];
      const localCall = attentionCall(caller, q, k, v, { mask, score, scale: 1, blockSize });
      const local = runAttention(localCall);
      const blocks = globalBlocks(padding, length, globalBlockLength);
      if (blocks.count === 0 || blocks.width === 0) {
        if (asked !== undefined) tell(askedAttentionRows(caller, localCall, { ...asked, logSumExp: local.logSumExp }));
        return parts.o(mergeHeads(local.out));
      }
      const sums = parts.global_input_layer_norm(sumsOf(x, blocks));
      const [globalKeys, globalValues] = projectToHeads(parameters, sums, ['k', 'v'].map(part)) as [Tensor, Tensor];
      const positions = originalPositions({
        query: tensor3d(blocks.ofTokens, [blocks.rows, 1, length], 'int32'),
        key: tensor3d(blocks.ofBlocks, [blocks.rows, 1, blocks.count], 'int32'),
      });
      const scores = [positions, biasOf(tableOf(tables[1], 'globalRelativeBias'), blocks.count), ...dropped('global')];
      const options = { mask: everything(), score: scores, scale: 1, queryOffset: 0, blockSize };
      const globalCall = attentionCall(caller, q, globalKeys, globalValues, options);
      const { out, logSumExp } = merged(local, runAttention(globalCall));
      if (asked !== undefined) tell(bothRows(caller, [localCall, globalCall], { ...asked, logSumExp }));
      return parts.o(mergeHeads(out));
    },
  });
}

/** Rows over tokens, and after them over global tokens: the key n + g is the global token g of a text of n tokens. */
function bothRows(
  caller: string,
  [local, global]: readonly [AttentionCall, AttentionCall],
  asked: AttentionRequest & { readonly logSumExp: Tensor },
): RowWeights {
  const [near, side] = [askedAttentionRows(caller, local, asked), askedAttentionRows(caller, global, asked)];
  const { queryLength, keyLength } = global.sizes;
  // A global token that a row has not weighs nothing there.
  const ofSide = where(greater(side.weights, 0), add(side.keys, scalar(queryLength, 'int32')), fill(side.keys.shape, -1, 'int32'));
  return joinedRows({ keys: concat([near.keys, ofSide], 3), weights: concat([near.weights, side.weights], 3) }, queryLength + keyLength);
}

/** The sum of each block's tokens. @shape x [b, n, width] -> [b, count, width] */
function sumsOf(x: Tensor, { count, rows, members, width: most }: GlobalBlocks): Tensor {
  const [batch, length, width] = x.shape as [number, number, number];
  const order = new Int32Array(batch * count * most);
  for (let row = 0; row < batch; row++) {
    const from = (row % rows) * count * most;
    for (let at = 0; at < count * most; at++) {
      const token = members[from + at] as number;
      order[row * count * most + at] = token < 0 ? -1 : row * length + token;
    }
  }
  const gathered = reorderRows(reshape(x, [1, batch * length, width]), order);
  return reshape(sum(reshape(gathered, [batch * count, most, width]), 1), [batch, count, width]);
}
