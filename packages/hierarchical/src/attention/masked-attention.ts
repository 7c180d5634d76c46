import type { Mask } from '@longspan/attention-sparse';
import { defineLayer, type Layer, type LayerContext, linear, mergeHeads, splitHeads } from '@longspan/core-tensor';
import { askedAttentionRows, attentionCall, runAttention } from '@longspan/core-tensor/kernel';
import { fanInDraw, requireContext } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';

/** What the queries attend to: given by the layer around it, which makes both from groups or levels. */
export interface MaskedAttentionContext extends LayerContext {
  /** [b, nk, width] */
  readonly keys?: Tensor | undefined;
  /** Its query 0 stands at position 0. */
  readonly mask?: Mask | undefined;
}

/**
 * Attention of x to other vectors under a mask, with an output projection: `query`, `key`, `value` and `out`, all with biases.
 * @shape x [b, nq, width] -> the same; zeros before `out` for a fully masked row
 */
export function maskedAttention({ width, heads }: { readonly width: number; readonly heads: number }): Layer<MaskedAttentionContext> {
  const project = () => linear({ inFeatures: width, outFeatures: width, draw: fanInDraw });
  return defineLayer({
    name: 'maskedAttention',
    reads: ['keys', 'mask'],
    attentions: [''],
    parts: { query: project(), key: project(), value: project(), out: project() },
    run({ caller, parts, asked, tell }, x, context: MaskedAttentionContext) {
      const keys = requireContext(caller, 'keys', context.keys, 'a tensor [b, nk, width]');
      const mask = requireContext(caller, 'mask', context.mask, 'a mask');
      const q = splitHeads(parts.query(x), heads);
      const [k, v] = [splitHeads(parts.key(keys), heads), splitHeads(parts.value(keys), heads)];
      const call = attentionCall(caller, q, k, v, { mask, queryOffset: 0 });
      const { out, logSumExp } = runAttention(call);
      if (asked !== undefined) tell(askedAttentionRows(caller, call, { logSumExp, ...asked }));
      return parts.out(mergeHeads(out));
    },
  });
}
