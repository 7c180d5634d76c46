import { type LayerState, scoped } from '@longspan/core-tensor';
import { adaptiveEmbedding, segmentRecurrence, zeroMemory } from '@longspan/memory-xl';
import { type Tensor, transpose } from '@tensorflow/tfjs-core';
import type { Family } from '../replay.ts';
import { blockSizes } from './way.ts';

/** Transformer-XL's embedding and layers over three segments: hidden states and the memory after the last one. */
export const transfoxlModel: Family = ({ config, tensors }) => {
  const memoryLength = config.number('mem_len');
  const maxDistance = config.number('clamp_len');
  const clusters = {
    vocabulary: config.number('vocab_size'),
    width: config.number('d_model'),
    embeddingWidth: config.number('d_embed'),
    cutoffs: config.numbers('cutoffs'),
    widthDivisor: config.number('div_val'),
  };
  const sizes = {
    width: clusters.width,
    layers: config.number('n_layer'),
    heads: config.number('n_head'),
    headDim: config.number('d_head'),
    innerWidth: config.number('d_inner'),
    normalization: config.flag('pre_lnorm') ? ('pre' as const) : ('post' as const),
    epsilon: config.number('layer_norm_epsilon'),
    memoryLength,
    maxDistance: maxDistance > 0 ? maxDistance : undefined,
    window: config.flag('same_length') ? { left: memoryLength - 1 } : undefined,
    sharedBiases: !config.flag('untie_r'),
  };
  const segments = [...tensors.keys()].filter((name) => name.startsWith('in.segment.')).sort();
  const embedding = adaptiveEmbedding(clusters);
  const ways = blockSizes((blocks) => {
    const recurrence = segmentRecurrence({ ...sizes, ...blocks });
    return (inputs) => {
      const parameters = inputs.parameters();
      const found: Record<string, Tensor> = {};
      // The reference's memory starts as zeros, which are attended to.
      const batch = inputs.get(segments[0] as string).shape[0] as number;
      let state: LayerState = zeroMemory(recurrence, { batch, length: memoryLength, width: sizes.width });
      for (const name of segments) {
        const given = embedding.apply(scoped('word_emb', parameters), inputs.get(name));
        const step = recurrence.apply(parameters, given, { state });
        state = step.state;
        found[name.replace('in.segment', 'last_hidden_state')] = step.hidden;
      }
      for (let at = 0; at < sizes.layers; at++) {
        const memory = state[`layers.${at}.dec_attn.memory`] as Tensor | undefined;
        if (memory !== undefined) found[`mems.${at}`] = transpose(memory, [1, 0, 2]); // the reference is time first
      }
      return found;
    };
  });
  return { ways };
};
