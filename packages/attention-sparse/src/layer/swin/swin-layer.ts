import {
  applyDropout,
  applyLayerNorm,
  dropoutKey,
  gelu,
  type Key,
  type Layer,
  type LayerContext,
  type Parameters,
  parameter,
  prefixed,
  requireRate,
  scoped,
} from '@longspan/core-tensor';
import { requireInteger } from '@longspan/core-tensor/error';
import { add, ones, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { dense, denseParameters } from '../head-projections.ts';
import { preparedWindowAttention, type SwinAttentionConfig, type SwinInputs } from './swin-attention.ts';

export interface SwinLayerConfig extends SwinAttentionConfig {
  /** Features between the two dense layers behind the attention; 4 · width when absent (Hugging Face's `mlp_ratio`). */
  readonly innerWidth?: number;
  /** Added to variances in the layer norms; 1e-5 when absent. */
  readonly epsilon?: number;
  /** Share of the features that is dropped behind the last dense layer while training; 0 when absent. */
  readonly hiddenDropout?: number;
}

const caller = 'swinLayer';

/**
 * A layer of Swin: layer norm, (shifted) window attention, output projection, residual; layer norm, dense, GELU, dense, residual.
 * Parameters as in Hugging Face: `layernorm_before`, `attention.self.*` (see swinAttention), `attention.output.dense`,
 * `layernorm_after`, `intermediate.dense`, `output.dense`, each `.weight`, `.bias`. `dropout` also acts behind the output
 * projection, as there. Has no stochastic depth.
 * @shape inputs.hidden [b, height · width, c]; returns the same
 * @throws as swinAttention
 * @cost O(n · window²) pairs and O(n · c · (4 · c + 2 · innerWidth)) multiply-adds
 * @source Liu et al. 2021 (arXiv 2103.14030) §3.2, eq. 3; SwinLayer of Hugging Face transformers 4.57
 * @example
 * const layer = swinLayer({ width: 4, heads: 2, window: 2, shift: 1 });
 * layer.apply(layer.init(createKey(0)), { hidden: ones([1, 12, 4]), grid: { height: 3, width: 4 } }).shape; // => [1, 12, 4]
 */
export function swinLayer(config: SwinLayerConfig): Layer<SwinInputs, Tensor> {
  const { width, innerWidth = 4 * width, epsilon = 1e-5, dropout = 0, hiddenDropout = 0 } = config;
  const attention = preparedWindowAttention(config);
  requireInteger(caller, { innerWidth }, 1);
  requireRate(caller, 'hiddenDropout', hiddenDropout);
  const sizes = {
    'attention.output.dense': { inFeatures: width, outFeatures: width },
    'intermediate.dense': { inFeatures: width, outFeatures: innerWidth },
    'output.dense': { inFeatures: innerWidth, outFeatures: width },
  };
  const normParameters = (name: string): Parameters => ({ [`${name}.weight`]: ones([width]), [`${name}.bias`]: zeros([width]) });

  return {
    init: (key: Key) => ({
      ...normParameters('layernorm_before'),
      ...prefixed('attention.self', attention.init(key.fold('attention.self'))),
      ...normParameters('layernorm_after'),
      ...Object.assign({}, ...Object.entries(sizes).map(([name, each]) => denseParameters(key, [name], each))),
    }),
    apply(parameters: Parameters, { hidden, grid }: SwinInputs, context?: LayerContext): Tensor {
      const attend = attention.prepare(scoped(parameters, 'attention.self'), { hidden, grid }, context);
      const layer = (name: keyof typeof sizes) => dense(caller, parameters, name, sizes[name]);
      const [project, widen, narrow] = [layer('attention.output.dense'), layer('intermediate.dense'), layer('output.dense')];
      const norm = (name: string): ((x: Tensor) => Tensor) => {
        const [weight, bias] = [`${name}.weight`, `${name}.bias`].map((each) => parameter(parameters, each, caller, [width]));
        return (x) => applyLayerNorm(x, weight, bias, epsilon);
      };
      const [before, after] = [norm('layernorm_before'), norm('layernorm_after')];
      const drop = (rate: number, branch: string): ((x: Tensor) => Tensor) => {
        const key = dropoutKey(caller, rate, context);
        return key === undefined ? (x) => x : (x) => applyDropout(x, rate, key.fold(branch));
      };
      const [dropAttended, dropInner] = [drop(dropout, 'attention.output'), drop(hiddenDropout, 'output')];
      return tidy(() => {
        const between = add(hidden, dropAttended(project(attend(before(hidden)))));
        return add(between, dropInner(narrow(gelu(widen(after(between)), 'none'))));
      });
    },
  };
}
