import { ConfigError } from '@longspan/core-tensor/error';
import { readWindows } from '../model/read-windows.ts';
import type { TextModel } from '../model/text-model.ts';
import type { DocumentSource } from '../source/read-source.ts';
import { stages } from '../source/stages.ts';
import type { TextWindow } from '../window/windows.ts';
import { labelsOf, softmax } from './labels.ts';
import { type WindowedOptions, windowed } from './read-whole.ts';

/** A class of a text. */
export interface LabelScore {
  readonly label: string;
  /** A probability, or of a regression the number itself. */
  readonly score: number;
}

export interface Classification {
  /** All classes, the surest first. */
  readonly labels: readonly LabelScore[];
  /** The windows that were read, all of the document, each with its own classes. */
  readonly windows: readonly (TextWindow & { readonly labels: readonly LabelScore[] })[];
}

/**
 * Tells the class of a document of any length. One that is longer than a window is read in several, and its probabilities are the mean of
 * theirs, each counting for the tokens that it owns; what each window says is told too. One class a text by default: softmax; several where
 * config.problemType says so, or one alone: sigmoid; of a regression the numbers.
 * @param model one with a head for the classes of texts: `bertForSequenceClassification`, say
 * @throws ConfigError when document, model or options cannot be right; the signal's reason
 * @cost that of the model over the windows
 * @source TextClassificationPipeline of Hugging Face transformers 4.57, which cuts long texts off
 * @example
 * const encode = (text) => ({
 *   ids: Int32Array.from(text, (sign) => sign.charCodeAt(0) % 99), // each character is a token
 *   offsets: Uint32Array.from({ length: 2 * text.length }, (_, at) => (at + 1) >> 1),
 * });
 * const config = { vocabSize: 99, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16, id2label: { 0: 'calm', 1: 'angry' } };
 * const tokenizer = { encode, template: { single: { before: [], after: [] } } };
 * const head = bertForSequenceClassification(config);
 * const reader = { model: head, parameters: head.init(createKey(0)), tokenizer, config };
 * const { labels, windows } = await classify('It rains.', reader);
 * [labels.map(({ label }) => label).sort(), windows.length]; // => [['angry', 'calm'], 1]
 */
export async function classify(document: DocumentSource, model: TextModel, options: WindowedOptions = {}): Promise<Classification> {
  const caller = 'classify';
  const { tokens, windows } = await windowed(caller, document, model, options);
  const { before, after } = model.tokenizer.template.single;
  if (windows.length === 0 && before.length + after.length === 0) throw noTokens();
  const whole = windows.length > 0 ? windows : [emptyWindow];
  const rowOf = ({ tokens: { start, end } }: TextWindow) => ({ ids: [...before, ...tokens.ids.subarray(start, end), ...after] });
  const found: Float64Array[] = [];
  await readWindows(caller, model, whole, { rowOf, step: stages(options) }, async ({ hidden }) => {
    const [batch, count] = hidden.shape as [number, number];
    if (hidden.shape.length !== 2) throw noClasses(hidden.shape);
    const logits = await hidden.data<'float32'>();
    for (let row = 0; row < batch; row++) found.push(probabilities(model.config, logits.subarray(row * count, (row + 1) * count)));
  });
  const labels = labelsOf(caller, model.config, found[0]?.length ?? 0);
  const weights = whole.map(({ own }) => Math.max(1, own.end - own.start));
  const total = weights.reduce((sum, each) => sum + each, 0);
  const mean = labels.map(
    (_, at) => found.reduce((sum, each, window) => sum + (weights[window] as number) * (each[at] as number), 0) / total,
  );
  const sorted = (scores: ArrayLike<number>): readonly LabelScore[] =>
    labels.map((label, at) => ({ label, score: scores[at] as number })).sort((a, b) => b.score - a.score);
  return { labels: sorted(mean), windows: windows.map((window, at) => ({ ...window, labels: sorted(found[at] as Float64Array) })) };
}

/** Of a document without tokens: special tokens alone are read. */
const emptyWindow: TextWindow = { start: 0, end: 0, tokens: { start: 0, end: 0 }, own: { start: 0, end: 0 } };

function probabilities(config: object | undefined, logits: Float32Array): Float64Array {
  const { problemType } = (config ?? {}) as { readonly problemType?: unknown };
  if (problemType === 'regression') return Float64Array.from(logits);
  if (problemType === 'multi_label_classification' || logits.length === 1)
    return Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
  return softmax(logits);
}

const noTokens = (): ConfigError =>
  new ConfigError({
    caller: 'classify',
    problem: 'a document must have tokens, where the tokenizer puts none around it.',
    expected: 'at least one token',
    got: 'a document of none',
    remedy: 'leave empty documents out.',
  });

const noClasses = (shape: readonly number[]): ConfigError =>
  new ConfigError({
    caller: 'classify',
    problem: 'model must have a head for the classes of texts.',
    expected: 'a model that gives [b, classes]',
    got: `[${shape.join(', ')}]`,
    remedy: "read the checkpoint with { head: 'sequenceClassification' }.",
  });
