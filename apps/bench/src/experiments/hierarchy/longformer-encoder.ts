import { longformerSelfAttention, type TokenMarks } from '@longspan/attention-sparse';
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
import { add, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { EncoderSize } from './hierarchy-input.ts';

export interface DocumentInputs {
  /** [b, n, width] */
  readonly hidden: Tensor;
  /** 1 for a token, 0 for padding. */
  readonly mask: TokenMarks;
}

/** Longformer's layers: window attention with the first token global, then what a RoBERTa layer has behind its attention. */
export function longformerEncoder({ width, heads, layers, segmentLength }: EncoderSize): Layer<DocumentInputs, Tensor> {
  const side = segmentLength / 2;
  const parts = {
    self: longformerSelfAttention({ width, heads, window: { left: side, right: side } }),
    output: linear({ inFeatures: width, outFeatures: width }),
    norm: layerNorm({ size: width }),
    inner: feedForward({ width, innerWidth: 4 * width, activation: 'gelu' }),
    last: layerNorm({ size: width }),
  };
  const names = Array.from({ length: layers }, (_, at) => `layer.${at}`);
  const norm = (parameters: Parameters, name: string, x: Tensor): Tensor =>
    applyLayerNorm(
      x,
      parameter(parameters, `${name}.weight`, 'longformerEncoder'),
      parameter(parameters, `${name}.bias`, 'longformerEncoder'),
    );
  return {
    init: (key) =>
      Object.assign(
        {},
        ...names.flatMap((name) =>
          Object.entries(parts).map(([part, layer]) => prefixed(`${name}.${part}`, layer.init(key.fold(`${name}.${part}`)))),
        ),
      ),
    apply: (parameters, { hidden, mask }) =>
      tidy(() => {
        const attentionMask = mask.map((row) => Array.from(row, (mark, at) => (mark === 0 ? 0 : at === 0 ? 2 : 1)));
        let x = hidden;
        for (const name of names) {
          const own = scoped(parameters, name);
          const attended = parts.self.apply(scoped(own, 'self'), { hidden: x, attentionMask });
          const middle = norm(own, 'norm', add(x, parts.output.apply(scoped(own, 'output'), attended)));
          x = norm(own, 'last', add(middle, parts.inner.apply(scoped(own, 'inner'), middle)));
        }
        return x;
      }),
  };
}
