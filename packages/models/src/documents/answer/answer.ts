import { ConfigError, inNameOf, requireInteger, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { segmentText } from '@longspan/hierarchical';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { SpanOutput } from '../../head/encoder-heads.ts';
import { type CutOptions, cutOptionNames } from '../embed/read-document.ts';
import { readWindows } from '../model/read-windows.ts';
import { contentLength, requireTextModel, type TextModel } from '../model/text-model.ts';
import { type SectionPlace, sectionAt, type TextPlace, trimmed } from '../search/places.ts';
import { type DocumentSource, readSource } from '../source/read-source.ts';
import { requireWork, stages, type WorkOptions } from '../source/stages.ts';
import type { PairTemplate } from '../source/text-tokenizer.ts';
import { tokensOfText } from '../source/tokens-of-text.ts';
import { requireOverlap, type TextWindow, windows as windowsOf } from '../window/windows.ts';
import { spanSearch } from './spans.ts';

export interface AnswerOptions extends CutOptions, WorkOptions {
  /** How many answers at the most; 1 by default. */
  readonly top?: number | undefined;
  /** Tokens of the longest answer; 30 by default. */
  readonly maxAnswerTokens?: number | undefined;
}

/** A place of the document that answers the question. */
export interface Answer extends TextPlace {
  /** Its probability among all places of the document, and no answer. */
  readonly score: number;
  /** The section that it stands in. */
  readonly section: SectionPlace;
}

export interface Answers {
  /** The best first, none overlapping another. */
  readonly answers: readonly Answer[];
  /** The probability that there is none: larger than the best answer's where the model thinks so. Undefined without a first special token. */
  readonly noAnswer: number | undefined;
  /** The windows that were read: all of the document. */
  readonly windows: readonly TextWindow[];
}

/**
 * Answers a question with places of a document of any length, which is read in windows, the question before each. The scores of all windows
 * are normalised together, so that they can be compared. The question's tokens are global where the model has global tokens.
 * @param model one with a head for answers: `bertForQuestionAnswering`, say
 * @param options.overlap tokens of the document that neighbouring windows share; a quarter of a window by default: longer than an answer
 * @throws ConfigError when document, question, model or options cannot be right; the signal's reason
 * @cost that of the model over the windows; O(tokens) beside it, never a table of starts and ends
 * @source QuestionAnsweringPipeline of Hugging Face transformers 4.57, but for the normalisation: Clark and Gardner 2018 (arXiv 1710.10723)
 * @example
 * const encode = (text) => ({
 *   ids: Int32Array.from(text, (sign) => sign.charCodeAt(0) % 99), // each character is a token
 *   offsets: Uint32Array.from({ length: 2 * text.length }, (_, at) => (at + 1) >> 1),
 * });
 * const config = { vocabSize: 99, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const pair = { before: [1], between: [2], after: [2], secondType: 1 };
 * const tokenizer = { encode, template: { single: { before: [1], after: [2] }, pair } };
 * const head = bertForQuestionAnswering(config);
 * const reader = { model: head, parameters: head.init(createKey(0)), tokenizer };
 * const { answers, windows } = await answer('Ahab lost his leg to a whale.', 'What did Ahab lose?', reader, { maxAnswerTokens: 9 });
 * [answers.length, answers[0].text.length <= 9, windows.length]; // => [1, true, 1]
 */
export async function answer(
  document: DocumentSource,
  question: string,
  model: TextModel<SpanOutput>,
  options: AnswerOptions = {},
): Promise<Answers> {
  const caller = 'answer';
  requireKind(caller, 'question', question, 'text');
  requireTextModel(caller, model);
  requireKnown(caller, options, { ...cutOptionNames, top: true, maxAnswerTokens: true });
  requireWork(caller, options);
  const { top = 1, maxAnswerTokens = 30, locale, heading, signal } = options;
  requireInteger(caller, { top, maxAnswerTokens }, 1);
  const pair = pairOf(caller, model);
  const asked = await tokensOfText(caller, model.tokenizer, question, {});
  const before = [...pair.before, ...asked.ids, ...pair.between];
  const lengths = lengthsOf(caller, model, options, before.length + pair.after.length);
  const text = await readSource(caller, document, signal);
  const step = stages(options);
  const tokens = await tokensOfText(caller, model.tokenizer, text, options);
  const windows = windowsOf(tokens, lengths);
  const search = spanSearch({ maxAnswerTokens });
  const rowOf = ({ tokens: { start, end } }: TextWindow) => {
    const ids = [...before, ...tokens.ids.subarray(start, end), ...pair.after];
    return { ids, types: ids.map((_, at) => (at < before.length ? 0 : pair.secondType)) };
  };
  const globals = Array.from({ length: pair.before.length + asked.ids.length }, (_, at) => at);
  const context = () => (model.model.reads.includes('globals') ? { globals } : {});
  await readWindows(caller, model, windows, { rowOf, context, step }, async (output, rows) => {
    requireSpans(caller, output);
    const [starts, ends] = [await output.startLogits.data<'float32'>(), await output.endLogits.data<'float32'>()];
    const length = output.startLogits.shape[1] as number;
    rows.forEach((window, row) => {
      const { start, end } = (windows[window] as TextWindow).tokens;
      const [from, to] = [row * length + before.length, row * length + before.length + end - start];
      const none = pair.before.length === 0 ? undefined : { start: starts[row * length] as number, end: ends[row * length] as number };
      search.add({ first: start, start: starts.subarray(from, to), end: ends.subarray(from, to), none });
    });
  });
  const placeOf = (first: number, end: number): TextPlace =>
    trimmed(text, tokens.offsets[2 * first] as number, tokens.offsets[2 * end - 1] as number);
  const { spans, none } = search.best(top, ({ start, end }) => placeOf(start, end).text !== '');
  const segments = inNameOf(caller, () => segmentText(text, { locale, heading, progress: () => signal?.throwIfAborted() }));
  const answers = spans.map(({ start, end, score }) => {
    const place = placeOf(start, end);
    return { ...place, score, section: sectionAt(segments, place.start).place };
  });
  return { answers, noAnswer: none, windows };
}

function lengthsOf(
  caller: string,
  model: TextModel,
  options: CutOptions,
  special: number,
): { readonly length: number; readonly overlap: number } {
  const length = contentLength(caller, model, { length: options.length, special });
  const overlap = options.overlap ?? Math.floor(length / 4);
  requireOverlap(caller, { length, overlap });
  return { length, overlap };
}

function pairOf(caller: string, { tokenizer }: TextModel): PairTemplate {
  const { pair } = tokenizer.template;
  if (pair !== undefined) return pair;
  throw new ConfigError({
    caller,
    problem: 'tokenizer.template.pair must say how a question and a text stand together.',
    expected: '{ before, between, after, secondType }',
    got: show(pair),
    remedy: 'for BERT: { before: [cls], between: [sep], after: [sep], secondType: 1 }.',
  });
}

function requireSpans(caller: string, output: { readonly startLogits?: Tensor; readonly endLogits?: Tensor }): void {
  if (output.startLogits !== undefined && output.endLogits !== undefined) return;
  throw new ConfigError({
    caller,
    problem: 'model must have a head for answers.',
    expected: 'a model that gives startLogits and endLogits',
    got: 'a model without them',
    remedy: "read the checkpoint with { head: 'questionAnswering' }.",
  });
}
