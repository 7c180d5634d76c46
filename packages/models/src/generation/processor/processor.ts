/** What a processor knows of the sequence whose next token is chosen. */
export interface SequenceSoFar {
  /** Its tokens: the prompt's, without padding, and the new ones; where an encoder reads the prompt, the decoder's, its first one included. */
  readonly tokens: readonly number[];
  /** How many of them are new. */
  readonly newTokens: number;
  /** How many may be. */
  readonly maxNewTokens: number;
}

/**
 * Changes the scores of the tokens that may follow: logits in greedy search and in sampling, log-probabilities in beam search. A token that
 * must not follow gets −Infinity. What it is given is never changed.
 */
export type LogitsProcessor = (scores: Float64Array, sequence: SequenceSoFar) => Float64Array;

/** The scores after all of them, in turn. */
export const processed = (processors: readonly LogitsProcessor[], scores: Float64Array, sequence: SequenceSoFar): Float64Array =>
  processors.reduce((each, process) => process(each, sequence), scores);

/** The same scores without some tokens. */
export function without(scores: Float64Array, tokens: Iterable<number>): Float64Array {
  const left = scores.slice();
  for (const token of tokens) if (token < left.length) left[token] = Number.NEGATIVE_INFINITY;
  return left;
}
