import { type CellBiasTerm, cellBias, defineLayer, gatherRows, type Layer, linear, mergeHeads } from '@longspan/core-tensor';
import { requireHeads, requireInteger, requireKnown } from '@longspan/core-tensor/error';
import { attentionCall, inverseOrder, reorderRows, runAttention } from '@longspan/core-tensor/kernel';
import { attentionDropoutTerms, checkGrid, dropoutKey, requireRate, transformerDraw } from '@longspan/core-tensor/layer';
import { remember } from '@longspan/core-tensor/memo';
import {
  exp,
  maximum,
  minimum,
  mul,
  relu,
  reshape,
  rsqrt,
  sigmoid,
  square,
  sum,
  type Tensor,
  tensor2d,
  transpose,
} from '@tensorflow/tfjs-core';
import { projectToHeads } from '../project-to-heads.ts';
import type { GridContext, SwinAttentionConfig } from './swin-attention.ts';
import { relativeIndex, requireWindows, type SwinWindows, swinWindows } from './swin-windows.ts';
import { windowRows } from './window-rows.ts';

export interface SwinV2AttentionConfig extends Omit<SwinAttentionConfig, 'fixedWindows'> {
  /** Tokens along each side of the windows that the bias was trained for, where they were others; 0, the default, for these. */
  readonly pretrainedWindowSide?: number | undefined;
}

const caller = 'swinV2Attention';
/** Features of the small network that makes the bias: the reference's. */
const biasFeatures = 512;
const greatestScale = Math.log(100);

/**
 * Attention within the square windows of an image as in Swin V2: cosines of queries and keys times a learned scale (at most 100), and a
 * bias that a small network makes of the logarithm of each offset, so that it is there for windows of any size. Without the output
 * projection. Windows are fixed: an image whose sides are not multiples of one is padded by tokens of zeros that ARE attended to, and
 * shifted where a shift is given. Parameters as in Hugging Face: `query`, `key` (no bias), `value`, `logit_scale`,
 * `continuous_position_bias_mlp.0` and `.2`.
 * @shape x [b, height · width, c] -> [b, height · width, c]
 * @throws ConfigError when heads do not divide width or the shift is not within a window; apply: ShapeError when x does not fit
 * @cost O(n · windowSide²) pairs; orders, masks and layouts are kept for the last 16 image sizes
 * @source Liu et al. 2022 (arXiv 2111.09883) §3.2, §3.3; Swinv2SelfAttention and Swinv2Layer of Hugging Face transformers 4.57
 * @example
 * const layer = swinV2Attention({ width: 4, heads: 2, windowSide: 2, shift: 1 });
 * layer.apply(layer.init(createKey(0)), ones([1, 15, 4]), { grid: { height: 3, width: 5 } }).shape; // => [1, 15, 4]
 */
export function swinV2Attention(config: SwinV2AttentionConfig): Layer<GridContext> {
  requireKnown(caller, config, {
    width: true,
    heads: true,
    windowSide: true,
    shift: true,
    pretrainedWindowSide: true,
    bias: 'flag',
    attentionDropout: true,
  });
  const { width, heads, windowSide, shift = 0, pretrainedWindowSide = 0, bias = true, attentionDropout = 0 } = config;
  requireHeads(caller, config);
  requireWindows(caller, { windowSide, shift });
  requireInteger(caller, { pretrainedWindowSide }, 0);
  requireRate(caller, 'attentionDropout', attentionDropout);
  const projection = (added: boolean) => linear({ inFeatures: width, outFeatures: width, bias: added, draw: transformerDraw });
  const projections = ['query', 'key', 'value'].map((name) => ({ name, heads, headDim: width / heads }));
  const plans = remember<SwinWindows>('swinV2Attention windows');
  const offsets = logOffsets(windowSide, pretrainedWindowSide);
  const index = relativeIndex(windowSide, windowSide);
  const cells = windowSide * windowSide;
  return defineLayer({
    name: caller,
    spec: { logit_scale: { shape: [heads, 1, 1], draw: { kind: 'constant', value: Math.log(10) }, decay: false } },
    parts: {
      query: projection(bias),
      key: projection(false),
      value: projection(bias),
      'continuous_position_bias_mlp.0': linear({ inFeatures: 2, outFeatures: biasFeatures, draw: transformerDraw }),
      'continuous_position_bias_mlp.2': linear({ inFeatures: biasFeatures, outFeatures: heads, bias: false, draw: transformerDraw }),
    },
    reads: ['grid'],
    attentions: [''],
    checkContext: (caller, context) => void dropoutKey(caller, attentionDropout, context),
    check: (caller, x, { grid }) => checkGrid(caller, x, width, grid),
    run({ caller, parameters, parts, asked, tell }, x, context: GridContext) {
      const { grid } = context;
      const { order, mask } = plans(`${grid.height},${grid.width}`, () => swinWindows(grid, { windowSide, shift, fixed: true }));
      const [q, k, v] = projectToHeads(parameters, reorderRows(x, order), projections) as [Tensor, Tensor, Tensor];
      const scale = exp(minimum(reshape(parameters.get('logit_scale'), [1, heads, 1, 1]), greatestScale));
      const inner = relu(parts['continuous_position_bias_mlp.0'](tensor2d(offsets, [offsets.length / 2, 2])));
      const score = [
        positionBias(parts['continuous_position_bias_mlp.2'](inner), index, cells),
        ...attentionDropoutTerms(caller, attentionDropout, context),
      ];
      const call = attentionCall(caller, mul(unit(q), scale), unit(k), v, { mask, score, scale: 1, blockSize: cells });
      const { out, logSumExp } = runAttention(call);
      const inverse = inverseOrder(order, grid.height * grid.width);
      if (asked !== undefined) tell(windowRows(caller, call, logSumExp, asked, { order, inverse }));
      return reorderRows(mergeHeads(out), inverse);
    },
  });
}

/** Vectors of length 1; shorter ones than 1e-12 are divided by that, as in PyTorch's normalize. */
const unit = (vectors: Tensor): Tensor => mul(vectors, rsqrt(maximum(sum(square(vectors), 3, true), 1e-24)));

/** @shape table [(2 · side − 1)², heads]; returns the bias of each head, from 0 to 16 */
const positionBias = (table: Tensor, index: Int32Array, cells: number): CellBiasTerm =>
  cellBias(mul(sigmoid(transpose(gatherRows(table, tensor2d(index, [cells, cells], 'int32')), [2, 0, 1])), 16));

/** Offsets of rows and columns within a window, ± log2(8 · |share of the window| + 1) / 3: Float32 [(2 · side − 1)², 2]. */
function logOffsets(side: number, pretrainedSide: number): Float32Array {
  const places = 2 * side - 1;
  const most = pretrainedSide > 0 ? pretrainedSide - 1 : Math.max(side - 1, 1);
  const of = (at: number): number => {
    const offset = at - side + 1;
    return (Math.sign(offset) * Math.log2(8 * Math.abs(offset / most) + 1)) / 3;
  };
  const offsets = new Float32Array(2 * places * places);
  for (let at = 0; at < places * places; at++) offsets.set([of(Math.floor(at / places)), of(at % places)], 2 * at);
  return offsets;
}
