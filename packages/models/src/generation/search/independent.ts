import { ConfigError } from '@longspan/core-tensor/error';
import { processed } from '../processor/processor.ts';
import { isEnd } from '../stop.ts';
import { logSoftmax } from './log-softmax.ts';
import type { Candidate, Choice, Progress, PromptProgress, Rules, Search } from './search.ts';

/** Where a token is chosen. */
export interface Place {
  /** Of all rows of the model. */
  readonly row: number;
  readonly newTokens: number;
}

/**
 * A search whose sequences do not know of each other.
 * @param pick the next token by its processed scores
 */
export function independentSearch(name: string, rows: number, pick: (scores: Float64Array, place: Place) => number): Search {
  return {
    name,
    rows,
    returned: rows,
    begin: (starts) => ({
      newTokens: 0,
      prompts: starts.map((tokens) => ({
        running: Array.from({ length: rows }, () => ({ tokens, score: 0, isEnded: false })),
        finished: [],
        isDone: false,
      })),
    }),
    advance({ newTokens, prompts }: Progress, logits, rules: Rules): Choice {
      const chosen = prompts
        .flatMap(({ running }) => running)
        .map((candidate, row) => {
          const raw = logits[row] as Float64Array;
          const sequence = { tokens: candidate.tokens, newTokens, maxNewTokens: rules.maxNewTokens };
          const scores = processed(rules.processors, raw, sequence);
          if (candidate.isEnded) return { candidate, token: rules.padToken, scores };
          requirePossible(name, scores);
          const token = pick(scores, { row, newTokens });
          const tokens = [...candidate.tokens, token];
          const isEnded = newTokens + 1 >= rules.maxNewTokens || isEnd(rules, tokens);
          return { candidate: { tokens, score: candidate.score + (logSoftmax(raw)[token] as number), isEnded }, token, scores };
        });
      const next = prompts.map((_, at): PromptProgress => {
        const running = chosen.slice(at * rows, (at + 1) * rows).map(({ candidate }) => candidate);
        return { running, finished: [], isDone: running.every(({ isEnded }) => isEnded) };
      });
      return {
        progress: { newTokens: newTokens + 1, prompts: next },
        tokens: chosen.map(({ token }) => token),
        scores: chosen.map(({ scores }) => scores),
      };
    },
    best: ({ running }: PromptProgress): readonly Candidate[] => running,
  };
}

/** Throws where no token may follow. */
function requirePossible(caller: string, scores: Float64Array): void {
  if (scores.some((score) => score !== Number.NEGATIVE_INFINITY)) return;
  throw new ConfigError({
    caller,
    problem: 'the processors must leave at least one token that may follow.',
    expected: 'a score above −Infinity',
    got: `${scores.length} tokens, all of them forbidden`,
    remedy: 'allow an end token, or forbid fewer tokens.',
  });
}
