import { bigBirdAttention } from '@longspan/attention-sparse';
import { stored } from '../fixture.ts';
import type { Family } from '../replay.ts';
import { blocksOf, rowsOf } from './rows.ts';
import { oneWay } from './way.ts';

/** BigBird's block-sparse self attention without its output projection, with the random blocks that the reference drew. */
export const bigbirdSelfAttention: Family = (fixture) => {
  const { config } = fixture;
  const layer = bigBirdAttention({
    width: config.number('hidden_size'),
    heads: config.number('num_attention_heads'),
    blockSize: config.number('block_size'),
    randomBlocks: blocksOf(stored(fixture, 'rand.blocks')),
  });
  const marks = fixture.tensors.has('in.attention_mask') ? { attentionMask: rowsOf(stored(fixture, 'in.attention_mask')) } : {};
  const ways = oneWay((inputs) => ({
    attention: layer.apply(inputs.parameters(), { hidden: inputs.get('in.hidden_states'), ...marks }),
  }));
  return { ways };
};
