import { reformerLocalAttention } from '@longspan/attention-lsh';
import { padding } from '@longspan/core-tensor';
import { stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { rowsOf } from './rows.ts';
import { oneWay } from './way.ts';

/** Reformer's attention within chunks, without its output projection. */
export const reformerLocalAttentionFamily: Family = (fixture) => {
  const { config } = fixture;
  const layer = reformerLocalAttention({
    width: config.number('hidden_size'),
    heads: config.number('num_attention_heads'),
    headDim: config.number('attention_head_size'),
    chunkLength: config.number('local_attn_chunk_length'),
    chunksBefore: config.number('local_num_chunks_before'),
    chunksAfter: config.number('local_num_chunks_after'),
    causal: config.flag('is_decoder'),
  });
  const context = fixture.tensors.has('in.attention_mask') ? { padding: padding(rowsOf(stored(fixture, 'in.attention_mask'))) } : {};
  return {
    ways: oneWay((inputs) => ({ hidden_states: layer.apply(inputs.parameters(), inputs.get('in.hidden_states'), context) })),
  };
};
