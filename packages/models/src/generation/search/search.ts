import type { LogitsProcessor } from '../processor/processor.ts';

/** A sequence on its way. */
export interface Candidate {
  /** The prompt's tokens, or the first token of a decoder, and the new ones. */
  readonly tokens: readonly number[];
  /** The sum of the log-probabilities of its new tokens, in nats; −Infinity where it stands for none. Of a finished beam see `beamSearch`. */
  readonly score: number;
  /** Whether it goes on no more. */
  readonly isEnded: boolean;
}

/** How far the sequences of one prompt have come. */
export interface PromptProgress {
  /** As many as the search's rows: what the model reads on. */
  readonly running: readonly Candidate[];
  /** Of beam search: what has ended, the best first. */
  readonly finished: readonly Candidate[];
  readonly isDone: boolean;
}

/** How far a generation has come: plain data, all of it besides the model's state. */
export interface Progress {
  /** Tokens that were chosen after each prompt. */
  readonly newTokens: number;
  readonly prompts: readonly PromptProgress[];
}

/** What is the same at every step. */
export interface Rules {
  readonly processors: readonly LogitsProcessor[];
  readonly endTokens: readonly number[];
  readonly maxNewTokens: number;
  /** What sequences that have ended are filled up with. */
  readonly padToken: number;
  /** Whether a sequence ends with its last token, besides by an end token. */
  readonly stop?: ((tokens: readonly number[]) => boolean) | undefined;
}

/** What a step chose. */
export interface Choice {
  readonly progress: Progress;
  /** For each row of the model the token that it reads next. */
  readonly tokens: readonly number[];
  /** For each of them the row that it goes on from; as they stand where undefined. */
  readonly order?: readonly number[] | undefined;
  /** What it chose by, for each row: logits, or log-probabilities in beam search, after the processors. */
  readonly scores: readonly Float64Array[];
}

/** A way to choose tokens: made by `greedy`, `sample` and `beamSearch`. Pure. */
export interface Search {
  readonly name: string;
  /** Sequences that the model reads for each prompt. */
  readonly rows: number;
  /** Sequences that it gives for each prompt. */
  readonly returned: number;
  begin(starts: readonly (readonly number[])[]): Progress;
  /** @param logits for each row of the model, all rows of a prompt after each other */
  advance(progress: Progress, logits: readonly Float64Array[], rules: Rules): Choice;
  /** The sequences of a prompt so far, the best first. */
  best(prompt: PromptProgress, newTokens: number): readonly Candidate[];
}
