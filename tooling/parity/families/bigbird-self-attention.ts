import { bigBirdAttention } from '@longspan/attention-sparse';
import { padding } from '@longspan/core-tensor';
import { stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { blocksOf, rowsOf } from './rows.ts';
import { oneWay } from './way.ts';

/** BigBird's block-sparse self-attention without its output projection, with the random blocks that the reference drew. */
export const bigbirdSelfAttention: Family = (fixture) => {
  const { config } = fixture;
  const layer = bigBirdAttention({
    width: config.number('hidden_size'),
    heads: config.number('num_attention_heads'),
    blockSize: config.number('block_size'),
    randomBlocks: blocksOf(stored(fixture, 'rand.blocks')),
  });
  const context = fixture.tensors.has('in.attention_mask') ? { padding: padding(rowsOf(stored(fixture, 'in.attention_mask'))) } : {};
  const ways = oneWay((inputs) => ({ attention: layer.apply(inputs.parameters(), inputs.get('in.hidden_states'), context) }));
  return { ways };
};
