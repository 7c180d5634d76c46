import { type Mask, mergeHeads, sparseAttention, splitHeads } from '@longspan/attention-sparse';
import { applyFeedForward, applyLayerNorm, applyLinear, type Parameters, parameter } from '@longspan/core-tensor';
import { add, mul, type Tensor } from '@tensorflow/tfjs-core';
import { linearSpec, normSpec, type ParameterSpec } from '../layer/parameter-spec.ts';
import { chunkLength, runPart } from '../layer/recomputed-part.ts';

export interface RobertaSizes {
  readonly width: number;
  readonly heads: number;
  readonly innerWidth: number;
  readonly epsilon: number;
}

/** Who sees whom, and which queries weigh all keys that they see alike, whatever these say. */
export interface RobertaVisibility {
  readonly mask: Mask;
  /** [b, 1, n, 1]: 0 for such queries, else 1; none when absent. */
  readonly attentive?: Tensor | undefined;
}

/** A layer of BERT or RoBERTa: post-norm, exact GELU, the names of Hugging Face. */
export const robertaSpec = ({ width, innerWidth }: RobertaSizes): ParameterSpec => ({
  ...Object.assign({}, ...['query', 'key', 'value'].map((each) => linearSpec(`attention.self.${each}`, width, width))),
  ...linearSpec('attention.output.dense', width, width),
  ...normSpec('attention.output.LayerNorm', width),
  ...linearSpec('intermediate.dense', width, innerWidth),
  ...linearSpec('output.dense', innerWidth, width),
  ...normSpec('output.LayerNorm', width),
});

/**
 * @shape x [b, n, width]; returns the same; parameters are those of `robertaSpec`, checked before
 * @param recompute whether the backward pass runs the layer a second time instead of keeping what it made
 */
export function robertaLayer(
  parameters: Parameters,
  x: Tensor,
  sizes: RobertaSizes,
  { mask, attentive }: RobertaVisibility,
  recompute: boolean,
): Tensor {
  const inputs = attentive === undefined ? [x] : [x, attentive];
  return runPart(recompute, parameters, inputs, (given, [x, attentive]) =>
    layer(given, x as Tensor, sizes, { mask, attentive }, recompute),
  );
}

function layer(
  parameters: Parameters,
  x: Tensor,
  { heads, epsilon }: RobertaSizes,
  { mask, attentive }: RobertaVisibility,
  recompute: boolean,
): Tensor {
  const own = (name: string): Tensor => parameter(parameters, name, 'hat');
  const dense = (name: string, of: Tensor): Tensor => applyLinear(of, own(`${name}.weight`), own(`${name}.bias`));
  const norm = (name: string, of: Tensor): Tensor => applyLayerNorm(of, own(`${name}.weight`), own(`${name}.bias`), epsilon);
  const [q, k, v] = ['query', 'key', 'value'].map((each) => splitHeads(dense(`attention.self.${each}`, x), heads)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const { out } = sparseAttention(attentive === undefined ? q : mul(q, attentive), k, v, { mask });
  const attended = norm('attention.output.LayerNorm', add(x, dense('attention.output.dense', mergeHeads(out))));
  const weights = {
    innerWeight: own('intermediate.dense.weight'),
    innerBias: own('intermediate.dense.bias'),
    outerWeight: own('output.dense.weight'),
    outerBias: own('output.dense.bias'),
  };
  const options = { activation: 'gelu', ...(recompute ? { chunkLength } : {}) } as const;
  return norm('output.LayerNorm', add(attended, applyFeedForward(attended, weights, options)));
}
