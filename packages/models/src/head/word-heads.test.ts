import { createKey, type LinearWeight, type Parameters, packParameters, unpackWeight } from '@longspan/core-tensor';
import { expectClose, withBackend } from '@longspan/tooling/expect';
import { type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { funnelForMaskedLanguageModel } from '../family/funnel/index.ts';
import { reformerForCausalLanguageModel } from '../family/reformer/index.ts';

beforeAll(() => withBackend('cpu'));

const funnel = funnelForMaskedLanguageModel({
  vocab_size: 11,
  block_sizes: [1, 1],
  num_decoder_layers: 1,
  d_model: 8,
  n_head: 2,
  d_head: 4,
  d_inner: 12,
  tie_word_embeddings: false,
});
const reformer = reformerForCausalLanguageModel({
  vocab_size: 11,
  hidden_size: 8,
  num_attention_heads: 2,
  attention_head_size: 4,
  feed_forward_size: 12,
  attn_layers: ['local'],
  local_attn_chunk_length: 4,
  axial_pos_embds: false,
  max_position_embeddings: 16,
  is_decoder: true,
});

it.each([
  ['funnel', funnel, 'lm_head.weight'],
  ['reformer', reformer, 'lm_head.decoder.weight'],
] as const)(
  'the word head of %s, which is not tied, takes its weight packed: the logits are those of the rounded numbers',
  async (_, model, name) => {
    const packed = await packParameters(model, model.init(createKey(1)), 'float16');
    const rounded: Record<string, Tensor> = {};
    for (const [each, tensor] of Object.entries(packed)) {
      const shape = model.spec[each]?.shape as readonly [number, number];
      const weight: LinearWeight = tensor.dtype === 'int32' ? { kind: 'float16', numbers: tensor, shape } : tensor;
      rounded[each] = 'kind' in weight ? await unpackWeight(weight) : weight;
    }
    expect(packed[name]?.dtype).toBe('int32');
    const ids = tensor2d([[1, 5, 3, 2]], [1, 4], 'int32');
    const logits = (parameters: Parameters) => model.apply(parameters, ids).hidden.data();
    expectClose(await logits(packed), await logits(rounded), { atol: 1e-5, rtol: 1e-5 });
  },
);
