import { embedding } from '@longspan/core-tensor';
import type { Family } from '../replay.ts';
import { oneWay } from './way.ts';

/** torch's embedding: rows by id, and the gradient that adds up over equal ids. */
export const opsEmbeddingGradient: Family = ({ config }) => {
  const layer = embedding({
    vocabulary: config.number('num_embeddings'),
    width: config.number('embedding_dim'),
    paddingIndex: config.optionalNumber('padding_idx'),
  });
  return { ways: oneWay((inputs) => ({ y: layer.apply(inputs.parameters(), inputs.get('in.ids')) })) };
};
