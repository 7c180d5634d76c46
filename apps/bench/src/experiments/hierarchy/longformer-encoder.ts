import { longformerAttention, type TokenMarks } from '@longspan/attention-sparse';
import {
  applyLayerNorm,
  feedForward,
  type Layer,
  layerNorm,
  linear,
  type Parameters,
  parameter,
  prefixed,
  scoped,
} from '@longspan/core-tensor';
import { recomputedLayer } from '@longspan/reversible';
import { add, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { EncoderSize } from './hierarchy-input.ts';

export interface DocumentInputs {
  /** [b, n, width] */
  readonly hidden: Tensor;
  /** 1 for a token, 0 for padding. */
  readonly mask: TokenMarks;
}

/** Tokens whose inner vectors of a feed-forward part are there at one time, where layers are run again: as HAT's layers have it. */
const chunkLength = 8192;

/** Longformer's layers: window attention with the first token global, then what a RoBERTa layer has after its attention. */
export function longformerEncoder({ width, heads, layers, segmentLength, recompute }: EncoderSize): Layer<DocumentInputs, Tensor> {
  const side = segmentLength / 2;
  const parts = {
    self: longformerAttention({ width, heads, window: { left: side, right: side } }),
    output: linear({ inFeatures: width, outFeatures: width }),
    norm: layerNorm({ size: width }),
    inner: feedForward({ width, innerWidth: 4 * width, activation: 'gelu', ...(recompute ? { chunkLength } : {}) }),
    last: layerNorm({ size: width }),
  };
  const norm = (parameters: Parameters, name: string, x: Tensor): Tensor =>
    applyLayerNorm(
      x,
      parameter(parameters, `${name}.weight`, 'longformerEncoder'),
      parameter(parameters, `${name}.bias`, 'longformerEncoder'),
    );
  const layerOver = (attentionMask: TokenMarks): Layer => {
    const stored: Layer = {
      init: (key) => Object.assign({}, ...Object.entries(parts).map(([name, part]) => prefixed(name, part.init(key.fold(name))))),
      apply(parameters, x) {
        const attended = parts.self.apply(scoped(parameters, 'self'), { hidden: x, attentionMask });
        const middle = norm(parameters, 'norm', add(x, parts.output.apply(scoped(parameters, 'output'), attended)));
        return norm(parameters, 'last', add(middle, parts.inner.apply(scoped(parameters, 'inner'), middle)));
      },
    };
    return recompute ? recomputedLayer(stored) : stored;
  };
  const names = Array.from({ length: layers }, (_, at) => `layer.${at}`);
  return {
    init: (key) => Object.assign({}, ...names.map((name) => prefixed(name, layerOver([]).init(key.fold(name))))),
    apply: (parameters, { hidden, mask }) =>
      tidy(() => {
        const layer = layerOver(mask.map((row) => Array.from(row, (mark, at) => (mark === 0 ? 0 : at === 0 ? 2 : 1))));
        return names.reduce((x, name) => layer.apply(scoped(parameters, name), x), hidden);
      }),
  };
}
