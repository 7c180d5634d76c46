import { causal, mergeHeads, slidingWindow, sparseAttention, splitHeads } from '@longspan/attention-sparse';
import {
  applyLinear,
  applyRotary,
  chain,
  embedding,
  feedForward,
  type Layer,
  layerNorm,
  linear,
  parameter,
  prefixed,
  residual,
  rotaryTables,
  scoped,
} from '@longspan/core-tensor';
import { slice, type Tensor, tidy } from '@tensorflow/tfjs-core';

export interface LanguageModelSize {
  /** Features of a token. */
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  /** Bytes to the left that a byte sees in each layer, besides itself. */
  readonly left: number;
}

/** What one attention layer works on, its positions already turned in: each [b, heads, n, headDim]. */
export interface AttentionInputs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

/** Every byte is a token. */
export const vocabulary = 256;

/**
 * A byte-level language model: embedding, pre-norm blocks of causal window attention (rotary positions) and feed-forward, a last
 * norm, and an output layer of its own.
 * @shape ids int32 [b, n] -> logits [b, n, 256]: each position's guess at the byte that follows it
 * @param look is shown what each attention layer works on, first layer first; it must clone what it keeps
 */
export function languageModel(size: LanguageModelSize, look: (inputs: AttentionInputs) => void = () => {}): Layer {
  const { width, layers } = size;
  const block = (): Layer =>
    chain({
      attention: residual(chain({ norm: layerNorm({ size: width }), inner: windowAttention(size, look) })),
      feedForward: residual(
        chain({ norm: layerNorm({ size: width }), inner: feedForward({ width, innerWidth: 4 * width, activation: 'geluTanh' }) }),
      ),
    });
  return chain({
    bytes: embedding({ size: vocabulary, width, standardDeviation: 0.5 }),
    ...Object.fromEntries(Array.from({ length: layers }, (_, index) => [`block${index}`, block()])),
    norm: layerNorm({ size: width }),
    output: linear({ inFeatures: width, outFeatures: vocabulary }),
  });
}

function windowAttention({ width, heads, left }: LanguageModelSize, look: (inputs: AttentionInputs) => void): Layer {
  const project = linear({ inFeatures: width, outFeatures: 3 * width, bias: false });
  const output = linear({ inFeatures: width, outFeatures: width });
  const mask = slidingWindow({ left, right: 0 }).and(causal());
  return {
    init: (key) => ({ ...prefixed('project', project.init(key.fold('project'))), ...prefixed('output', output.init(key.fold('output'))) }),
    apply: (parameters, x) =>
      tidy(() => {
        const [, n = 0] = x.shape;
        const weight = parameter(parameters, 'project.weight', 'windowAttention');
        // Three products of a third each: cheaper than one whose result is cut along the features.
        const [q, k, v] = [0, 1, 2].map((part) => splitHeads(applyLinear(x, slice(weight, [part * width, 0], [width, width])), heads));
        const tables = rotaryTables(
          Int32Array.from({ length: n }, (_, position) => position),
          width / heads,
          { style: 'half' },
        );
        const turned = (side: Tensor | undefined): Tensor => applyRotary(side as Tensor, tables);
        const inputs: AttentionInputs = { q: turned(q), k: turned(k), v: v as Tensor };
        look(inputs);
        const { out } = sparseAttention(inputs.q, inputs.k, inputs.v, { mask });
        return output.apply(scoped(parameters, 'output'), mergeHeads(out));
      }),
  };
}
