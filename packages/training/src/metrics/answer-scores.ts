import { ConfigError, requireKnown, show } from '@longspan/core-tensor/error';
import type { Metric } from './metric.ts';
import { answerTokens } from './normalize-answer.ts';
import { requireList, requireSameLength } from './numbers.ts';

/** Answers to some questions beside those that are right. */
export interface AnsweredBatch {
  /** One answer for each question; '' where there is said to be none. */
  readonly predictions: readonly string[];
  /** For each question the right answers, of which the best one counts; none where it has no answer. */
  readonly answers: readonly (readonly string[])[];
}

export interface AnswerScores {
  /** The part of answers that are equal to a right one, both normalised. */
  readonly exactMatch: number;
  /** The mean F1 of the words that an answer shares with the right one it is most like. */
  readonly f1: number;
}

/**
 * Exact match and F1 of extracted answers, both of 0 … 1, as SQuAD 2.0 counts them: normalised (`normalizeAnswer`), the best over the right
 * answers, the mean over questions. Right answers that normalise to nothing are left out; a question without any is answered by ''.
 * @returns a metric of `{ predictions, answers }`
 * @throws ConfigError (of `add`) unless there are texts, and a list of them for each prediction
 * @cost O(length of the answers) of each batch; three numbers are kept
 * @source squad_metrics of Hugging Face transformers 4.57; Rajpurkar et al. 2018 (arXiv 1806.03822)
 * @example
 * const metric = answerScores();
 * metric.add({ predictions: ['The Denver Broncos!', 'Broncos of Denver'], answers: [['Denver Broncos'], ['Denver Broncos']] });
 * metric.value(); // => { exactMatch: 0.5, f1: 0.9 }
 */
export function answerScores(): Metric<AnsweredBatch, AnswerScores> {
  let exact = 0;
  let f1 = 0;
  let questions = 0;
  return {
    add(batch) {
      const caller = 'answerScores.add';
      requireKnown(caller, batch, { predictions: true, answers: true });
      const { predictions, answers } = batch;
      requireTexts(caller, 'predictions', predictions);
      requireList(caller, 'answers', answers);
      for (const [at, each] of answers.entries()) requireTexts(caller, `answers[${at}]`, each);
      requireSameLength(caller, ['predictions', predictions], ['answers', answers]);
      for (const [at, prediction] of predictions.entries()) {
        const found = answerTokens(prediction);
        const kept = (answers[at] as readonly string[]).map(answerTokens).filter((words) => words.length > 0);
        const right = kept.length === 0 ? [[]] : kept;
        exact += Number(right.some((words) => words.join(' ') === found.join(' ')));
        f1 += right.reduce((best, words) => Math.max(best, f1Of(found, words)), 0);
        questions++;
      }
    },
    value: () => ({ exactMatch: exact / questions, f1: f1 / questions }),
  };
}

/** F1 over words, each as often as it occurs. */
function f1Of(found: readonly string[], right: readonly string[]): number {
  if (found.length === 0 || right.length === 0) return Number(found.length === right.length);
  const left = new Map<string, number>();
  for (const word of right) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of found) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    shared++;
  }
  return (2 * shared) / (found.length + right.length);
}

function requireTexts(caller: string, name: string, texts: unknown): void {
  requireList(caller, name, texts);
  const all = Array.from(texts);
  const at = all.findIndex((text) => typeof text !== 'string');
  if (at < 0) return;
  throw new ConfigError({
    caller,
    problem: `${name} must hold texts.`,
    expected: 'a list of texts',
    got: `${show(all[at])} at index ${at}`,
    remedy: "give '' where there is no answer.",
  });
}
