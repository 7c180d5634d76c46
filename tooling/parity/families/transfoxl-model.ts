import { scoped } from '@longspan/core-tensor';
import { adaptiveEmbedding, segmentRecurrence, zeroMemory } from '@longspan/memory-xl';
import { type Tensor, transpose } from '@tensorflow/tfjs-core';
import type { Family } from '../replay.ts';
import { blockSizes } from './way.ts';

/** Transformer-XL's embedding and layers over three segments: hidden states and the memory after the last one. */
export const transfoxlModel: Family = ({ config, tensors }) => {
  const memoryLength = config.number('mem_len');
  const clampLength = config.number('clamp_len');
  const sizes = {
    vocabulary: config.number('vocab_size'),
    width: config.number('d_model'),
    embeddingWidth: config.number('d_embed'),
    cutoffs: config.numbers('cutoffs'),
    divVal: config.number('div_val'),
    layers: config.number('n_layer'),
    heads: config.number('n_head'),
    headDim: config.number('d_head'),
    innerWidth: config.number('d_inner'),
    norm: config.flag('pre_lnorm') ? ('pre' as const) : ('post' as const),
    epsilon: config.number('layer_norm_epsilon'),
    memoryLength,
    clampLength: clampLength > 0 ? clampLength : undefined,
    reach: config.flag('same_length') ? memoryLength - 1 : undefined,
    sharedBiases: !config.flag('untie_r'),
  };
  const segments = [...tensors.keys()].filter((name) => name.startsWith('in.segment.')).sort();
  const embedding = adaptiveEmbedding(sizes);
  const ways = blockSizes((blocks) => {
    const recurrence = segmentRecurrence({ ...sizes, ...blocks });
    return (inputs) => {
      const parameters = inputs.parameters();
      const found: Record<string, Tensor> = {};
      // The reference's memory starts as zeros, which are attended to.
      const batch = inputs.get(segments[0] as string).shape[0] as number;
      let memory = zeroMemory({ ...sizes, batch, length: memoryLength });
      for (const name of segments) {
        const given = embedding.apply(scoped(parameters, 'word_emb'), inputs.get(name));
        const step = recurrence.apply(parameters, { hidden: given, memory });
        memory = step.memory;
        found[name.replace('in.segment', 'last_hidden_state')] = step.hidden;
      }
      memory.layers.forEach((layer, at) => {
        found[`mems.${at}`] = transpose(layer, [1, 0, 2]); // the reference is time first
      });
      return found;
    };
  });
  return { ways };
};
