import type { NamedBytes } from '../src/pretrained/given-files.ts';
import { json } from './checkpoint.ts';

/** A folder of sentence-transformers around a checkpoint: pooling by the mean, unit length. What is given stands in sentence_bert_config.json. */
export function sentenceFolder(checkpoint: NamedBytes | readonly File[], config: object, more: NamedBytes = {}): NamedBytes {
  const files = Array.isArray(checkpoint)
    ? Object.fromEntries(checkpoint.map((file: File) => [file.name, file]))
    : (checkpoint as NamedBytes);
  return {
    ...files,
    'modules.json': json(modules('Transformer', 'Pooling', 'Normalize')),
    '1_Pooling/config.json': json({ pooling_mode_mean_tokens: true }),
    'sentence_bert_config.json': json(config),
    ...more,
  };
}

/** The content of modules.json, in the words of version 5. */
export const modules = (...kinds: readonly string[]): readonly object[] =>
  kinds.map((kind, idx) => ({
    idx,
    name: `${idx}`,
    path: idx === 0 ? '' : `${idx}_${kind}`,
    type: `sentence_transformers.models.${kind}`,
  }));
