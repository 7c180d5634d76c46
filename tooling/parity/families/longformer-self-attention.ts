import { type LongformerContext, longformerAttention } from '@longspan/attention-sparse';
import { padding } from '@longspan/core-tensor';
import { stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { rowsOf } from './rows.ts';
import { blockSizes } from './way.ts';

/** Longformer's self-attention without its output projection; padding, local and global tokens are 0, 1 and 2 in the mask. */
export const longformerSelfAttentionFamily: Family = (fixture) => {
  const { config } = fixture;
  const side = config.number('attention_window') / 2;
  const options = { width: config.number('hidden_size'), heads: config.number('num_attention_heads'), window: { left: side, right: side } };
  const context = fixture.tensors.has('in.attention_mask') ? contextOf(rowsOf(stored(fixture, 'in.attention_mask'))) : {};
  const ways = blockSizes((blocks) => {
    const layer = longformerAttention({ ...options, ...blocks });
    return (inputs) => ({ attention: layer.apply(inputs.parameters(), inputs.get('in.hidden_states'), context) });
  });
  return { ways };
};

const contextOf = (marks: readonly (readonly number[])[]): LongformerContext => ({
  padding: padding(marks.map((row) => row.map((mark) => (mark === 0 ? 0 : 1)))),
  globals: marks.map((row) => [...row.keys()].filter((at) => row[at] === 2)),
});
