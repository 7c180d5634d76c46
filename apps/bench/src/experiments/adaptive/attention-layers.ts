import { causal, sparseAttention } from '@longspan/attention-sparse';
import { type AttentionResult, applyLinear, type Lens, type Parameters, rotary, splitHeads } from '@longspan/core-tensor';
import { wrapLayer } from '@longspan/core-tensor/layer';
import { dispose, keep, slice, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { type LanguageModelSize, languageModel, turning } from '../../model/language-model.ts';

/** What one attention layer works on, its positions already turned in: each [b, heads, n, headDim]. */
export interface AttentionInputs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

/** One attention layer of a model at work on some texts, with what causal attention makes of it. */
export interface AttentionLayer extends AttentionInputs {
  readonly whole: AttentionResult;
  /** [batch, heads, n] of `whole`, on the host. */
  readonly logSumExp: Float32Array;
  readonly batch: number;
  readonly heads: number;
  readonly n: number;
}

/** What every attention layer of a model works on when it reads texts of one length; the tensors belong to the caller. */
export function attentionInputs(size: LanguageModelSize, parameters: Parameters, texts: readonly Uint8Array[]): AttentionInputs[] {
  const seen: AttentionInputs[] = [];
  const layer = languageModel(size, (heads) =>
    wrapLayer(heads, (inner, x, scope) => {
      const { q, k, v } = inputsOf(x, scope.parameters, size.heads);
      seen.push({ q: keep(q), k: keep(k), v: keep(v) });
      return inner(x);
    }),
  );
  tidy(() => {
    const ids = Int32Array.from(texts.flatMap((text) => [...text]));
    layer.apply(parameters, tensor2d(ids, [texts.length, (texts[0] as Uint8Array).length], 'int32'));
  });
  return seen;
}

/** As multiHeadAttention makes them of its x. */
function inputsOf(x: Tensor, parameters: Lens<Tensor>, heads: number): AttentionInputs {
  const project = (name: string): Tensor => splitHeads(applyLinear(x, parameters.get(`${name}.weight`)), heads);
  const positions = Array.from({ length: x.shape[1] as number }, (_, position) => position);
  const turned = (side: Tensor): Tensor => rotary(side, positions, turning);
  return { q: turned(project('query')), k: turned(project('key')), v: project('value') };
}

/** The same layer on some of its texts. */
export function rowsOf({ q, k, v }: AttentionInputs, from: number, count: number): AttentionInputs {
  const cut = (x: Tensor): Tensor => slice(x, [from, 0, 0, 0], [count, ...x.shape.slice(1)]);
  return { q: cut(q), k: cut(k), v: cut(v) };
}

/** Does something with a layer and its causal attention, which are there only for so long. */
export async function withLayer<Value>(inputs: AttentionInputs, work: (layer: AttentionLayer) => Promise<Value>): Promise<Value> {
  const [batch = 0, heads = 0, n = 0] = inputs.q.shape;
  const whole = sparseAttention(inputs.q, inputs.k, inputs.v, { mask: causal() });
  try {
    return await work({ ...inputs, whole, logSumExp: await whole.logSumExp.data<'float32'>(), batch, heads, n });
  } finally {
    dispose([whole.out, whole.logSumExp]);
  }
}
