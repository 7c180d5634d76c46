import { requireInteger, requireIntegers, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { softmax } from '../classify/labels.ts';

/** One row that a model read of a question and a part of a text, with its logits. */
export interface PipelineWindow {
  /** For each token its place in the text, half-open. */
  readonly offsets: readonly (readonly [start: number, end: number])[];
  /** For each token the number of its word; null for special tokens. */
  readonly words: readonly (number | null)[];
  /** For each token whether an answer may begin or end there: tokens of the text, and the first of all, which says that there is none. */
  readonly allowed: readonly boolean[];
  readonly startLogits: ArrayLike<number>;
  readonly endLogits: ArrayLike<number>;
}

export interface PipelineAnswerOptions {
  /** 1 by default. */
  readonly top?: number | undefined;
  /** Tokens; 15 by default. */
  readonly maxAnswerTokens?: number | undefined;
  /** Whether the answer that there is none competes: '', at 0; false by default. */
  readonly handleImpossible?: boolean | undefined;
  /** Whether answers are made longer to whole words; true by default. */
  readonly alignToWords?: boolean | undefined;
}

export interface PipelineAnswer {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/**
 * Answers from logits, scored as the pipeline of transformers scores them, for who needs its numbers: a softmax for each window, and the
 * scores of answers with equal text added up. Scores of several windows cannot be compared so; `answer` normalises all of them together.
 * @param text what the offsets are places of
 * @throws ConfigError when options cannot be right
 * @cost O(tokens · maxAnswerTokens) for each window
 * @source QuestionAnsweringPipeline.postprocess and decode_spans of Hugging Face transformers 4.57
 * @example
 * const window = { offsets: [[0, 0], [0, 2], [3, 8]], words: [null, 0, 1], allowed: [true, true, true], startLogits: [0, 1, 5], endLogits: [0, 1, 5] };
 * pipelineAnswers('It rains', [window]).map(({ text, start, end }) => [text, start, end]); // => [['rains', 3, 8]]
 */
export function pipelineAnswers(
  text: string,
  windows: readonly PipelineWindow[],
  options: PipelineAnswerOptions = {},
): readonly PipelineAnswer[] {
  const caller = 'pipelineAnswers';
  requireKind(caller, 'text', text, 'text');
  requireKind(caller, 'windows', windows, 'list');
  for (const window of windows) requireWindow(caller, window);
  requireKnown(caller, options, { top: true, maxAnswerTokens: true, handleImpossible: 'flag', alignToWords: 'flag' });
  const { top = 1, maxAnswerTokens = 15, handleImpossible = false, alignToWords = true } = options;
  requireInteger(caller, { top, maxAnswerTokens }, 1);
  const wanted = alignToWords ? 2 * top + 10 : top;
  const answers: PipelineAnswer[] = [];
  let none = 1_000_000;
  for (const window of windows) {
    const [starts, ends] = [probabilities(window, window.startLogits), probabilities(window, window.endLogits)];
    none = Math.min(none, (starts[0] as number) * (ends[0] as number));
    starts[0] = 0;
    ends[0] = 0;
    for (const { start, end, score } of bestPairs(starts, ends, { maxAnswerTokens, wanted })) {
      if (window.allowed[start] !== true || window.allowed[end] !== true) continue;
      const place = alignToWords ? wordsPlace(window, start, end) : { start: offsetOf(window, start)[0], end: offsetOf(window, end)[1] };
      const answer = text.slice(place.start, place.end);
      const same = answers.findIndex((other) => other.text.toLowerCase() === answer.toLowerCase());
      const known = answers[same];
      if (known === undefined) answers.push({ text: answer, ...place, score });
      else answers[same] = { ...known, score: known.score + score };
    }
  }
  if (handleImpossible) answers.push({ text: '', start: 0, end: 0, score: none });
  return answers.sort((a, b) => b.score - a.score).slice(0, top);
}

/** In transformers what is not allowed has this logit, which leaves it no probability. */
const never = -10_000;

const probabilities = ({ allowed }: PipelineWindow, logits: ArrayLike<number>): Float64Array =>
  softmax(Float64Array.from(allowed, (isAllowed, at) => (isAllowed ? (logits[at] as number) : never)));

interface Pair {
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/** The pairs with the largest products, the best first. */
function bestPairs(
  starts: Float64Array,
  ends: Float64Array,
  { maxAnswerTokens, wanted }: { readonly maxAnswerTokens: number; readonly wanted: number },
): readonly Pair[] {
  const best: Pair[] = [];
  starts.forEach((probability, start) => {
    for (let end = start; end < Math.min(ends.length, start + maxAnswerTokens); end++) {
      const score = probability * (ends[end] as number);
      if (best.length === wanted && score <= (best.at(-1) as Pair).score) continue;
      const at = best.findIndex((other) => other.score < score);
      best.splice(at < 0 ? best.length : at, 0, { start, end, score });
      if (best.length > wanted) best.pop();
    }
  });
  return best;
}

const offsetOf = ({ offsets }: PipelineWindow, token: number): readonly [number, number] => offsets[token] as readonly [number, number];

/** From the first character of the word that begins it to the last of the word that ends it, as far as they lie in this window. */
function wordsPlace(window: PipelineWindow, start: number, end: number): { readonly start: number; readonly end: number } {
  const { words, allowed } = window;
  const isOf = (token: number, of: number): boolean => allowed[token] === true && words[token] === words[of] && words[token] !== null;
  const tokens = Array.from(words.keys());
  const first = tokens.find((token) => isOf(token, start)) ?? start;
  const last = tokens.filter((token) => isOf(token, end)).at(-1) ?? end;
  return { start: offsetOf(window, first)[0], end: offsetOf(window, last)[1] };
}

function requireWindow(caller: string, window: PipelineWindow): void {
  requireKind(caller, 'a window', window, 'record');
  requireKnown(`${caller} window`, window, {
    offsets: 'list',
    words: 'list',
    allowed: 'list',
    startLogits: 'list',
    endLogits: 'list',
  });
  const { offsets, words, allowed, startLogits, endLogits } = window;
  requireKind(caller, 'allowed', allowed, 'list');
  for (const [name, list] of Object.entries({ offsets, words, allowed, startLogits, endLogits })) {
    requireKind(caller, name, list, 'list');
    requireInteger(caller, { [`${name}.length`]: list.length }, allowed.length, { atMost: allowed.length });
  }
  for (let token = 0; token < allowed.length; token++) {
    requireIntegers(caller, `offsets[${token}]`, offsets[token] as readonly [number, number], 0);
    requireInteger(caller, { [`offsets[${token}].length`]: (offsets[token] as readonly [number, number]).length }, 2, { atMost: 2 });
    if (words[token] !== null) requireInteger(caller, { [`words[${token}]`]: words[token] }, 0);
    requireKind(caller, `allowed[${token}]`, allowed[token], 'flag');
    requireKind(caller, `startLogits[${token}]`, startLogits[token], 'finite');
    requireKind(caller, `endLogits[${token}]`, endLogits[token], 'finite');
  }
}
