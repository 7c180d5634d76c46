import { type Parameters, scoped } from '@longspan/core-tensor';
import { stamped } from '@longspan/core-tensor/error';
import { sentenceLayer } from '../pooling/sentence-layer.ts';
import type { Family } from '../pretrained/family.ts';
import type { Sentence } from './sentence.ts';

/** How a family's own pooler makes vectors, as a checkpoint of sentence-transformers says it; its parameters are the model's. */
export function ownSentence(family: Family, config: object, parameters: Parameters): Sentence | undefined {
  const own = family.pooler?.(config);
  if (own === undefined) return undefined;
  const { width, modes, dense, normalize, maxSeqLength } = own;
  return stamped({
    pooling: { width, modes, includePrompt: true },
    ...{ dense, normalize, maxSeqLength },
    layer: sentenceLayer({ width, modes, dense, normalize }),
    parameters: scoped('pooler', parameters),
    files: {},
  });
}
