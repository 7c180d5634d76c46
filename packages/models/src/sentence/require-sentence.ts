import { ConfigError, isRecord, isStamped, show } from '@longspan/core-tensor/error';
import type { Sentence } from './sentence.ts';

/** Throws unless it is one as it was made: fields of a copy that was changed by hand would contradict each other. */
export function requireSentence(caller: string, sentence: unknown): asserts sentence is Sentence {
  if (isRecord(sentence) && isStamped(sentence) && 'pooling' in sentence) return;
  throw new ConfigError({
    caller,
    problem: 'model.sentence must be what fromPretrained or toLong gave.',
    expected: 'the sentence of a repository of sentence-transformers',
    got: isRecord(sentence) ? 'a record that was made by hand' : show(sentence),
    remedy: 'give it as it was made and not a copy of its fields, or leave it out.',
  });
}
