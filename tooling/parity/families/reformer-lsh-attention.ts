import { type BucketCount, bucketCountFor, bucketOrder, reformerAttention } from '@longspan/attention-lsh';
import { padding, type StatefulResult } from '@longspan/core-tensor';
import { add, reshape, type Tensor, tensor, tensor1d } from '@tensorflow/tfjs-core';
import type { Config } from '../config.ts';
import { stored } from '../fixture.ts';
import type { Inputs } from '../inputs.ts';
import type { Family } from '../replay.ts';
import { rowsOf } from './rows.ts';

/** Reformer's hashed attention without its output projection, by the rotations that the reference drew; then again by its own buckets. */
export const reformerLshAttention: Family = (fixture) => {
  const { config } = fixture;
  const [chunkLength, maxLength] = [config.number('lsh_attn_chunk_length'), config.number('max_position_embeddings')];
  const length = stored(fixture, 'in.hidden_states').shape[1] ?? 0;
  const given = givenBuckets(config);
  const layer = reformerAttention({
    width: config.number('hidden_size'),
    heads: config.number('num_attention_heads'),
    headDim: config.number('attention_head_size'),
    chunkLength,
    chunksBefore: config.number('lsh_num_chunks_before'),
    chunksAfter: config.number('lsh_num_chunks_after'),
    causal: config.flag('is_decoder'),
    bucketCount: given ?? 'auto',
    maxLength,
  });
  const marks = fixture.tensors.has('in.attention_mask') ? { padding: padding(rowsOf(stored(fixture, 'in.attention_mask'))) } : {};
  const run = (inputs: Inputs, by: { readonly rotations?: Tensor | undefined; readonly state?: StatefulResult['state'] }) =>
    layer.apply(inputs.parameters(), inputs.get('in.hidden_states'), { ...marks, ...by });
  const hashed = (inputs: Inputs) => run(inputs, { rotations: inputs.find('rand.rotations') });
  const counts = [given ?? bucketCountFor({ length: Math.max(length, chunkLength), chunkLength, maxLength })].flat();
  const whole = ({ hidden, state }: StatefulResult): Readonly<Record<string, Tensor>> => {
    const buckets = state['buckets'] as Tensor | undefined;
    if (buckets === undefined) return { hidden_states: hidden };
    return { hidden_states: hidden, buckets, sorted_idx: sortedIndex(buckets), num_buckets: tensor1d(counts, 'int32') };
  };
  return {
    ways: [
      { name: '', run: (inputs) => whole(hashed(inputs)) },
      { name: 'replayed', run: (inputs) => whole(run(inputs, { state: hashed(inputs).state })) },
    ],
  };
};

function givenBuckets(config: Config): BucketCount | undefined {
  const raw = config.raw('num_buckets');
  if (raw === undefined) return undefined;
  return Array.isArray(raw) ? config.numbers('num_buckets') : config.number('num_buckets');
}

/** The reference's index of all rounds in one line. */
function sortedIndex(buckets: Tensor): Tensor {
  const [, , rounds = 0, length = 0] = buckets.shape;
  const firsts = tensor(
    Int32Array.from({ length: rounds }, (_, round) => round * length),
    [1, 1, rounds, 1],
    'int32',
  );
  return reshape(add(bucketOrder(buckets), firsts), [buckets.shape[0] as number, buckets.shape[1] as number, rounds * length]);
}
