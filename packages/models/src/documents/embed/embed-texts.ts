import type { LayerResult } from '@longspan/core-tensor';
import { inNameOf, requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { slice, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { requireModes } from '../../pooling/pool-tokens.ts';
import type { PoolingMode } from '../../pooling/token-weights.ts';
import { contentLength, disposeOutput, packs, readRows, requireStates, requireTextModel, type TextModel } from '../model/text-model.ts';
import { type TextPooling, textPooling, type UsedPooling } from '../model/text-pooling.ts';
import { type PackedSequence, packTexts } from '../packing/pack-texts.ts';
import { requireWork, stages, type WorkOptions, workOptionNames } from '../source/stages.ts';
import { requireTokens } from '../source/text-tokenizer.ts';
import { windows } from '../window/windows.ts';
import { unitLengthOf } from './level-vectors.ts';

export interface EmbedTextsOptions extends WorkOptions {
  /**
   * What is made of the tokens of a text. By default what the checkpoint does, linear maps and all, where `model.sentence` says so; else
   * ['mean'].
   */
  readonly modes?: readonly PoolingMode[] | undefined;
  /** Whether vectors are brought to length 1; by default as the checkpoint does where it is asked how to pool, else true. */
  readonly normalise?: boolean | undefined;
  /** Tokens of the longest text that is read at once, special tokens and all; 512 by default, or what the model has positions for or, as its config says, learnt from. */
  readonly length?: number | undefined;
  /** Tokens of all texts that are packed into one row; 2,048 by default. */
  readonly tokensAtOnce?: number | undefined;
}

/** Vectors of texts, and how they were read. */
export interface TextEmbeddings {
  /** One for each text. */
  readonly vectors: readonly Float32Array[];
  /** Tokens that were read, special tokens and all. */
  readonly tokens: number;
  /** Tokens of padding that one batch of the texts, filled up to the longest, would have had. */
  readonly paddingSaved: number;
  /** Texts that were longer than `length`, with the number of windows that each was read in. */
  readonly inWindows: readonly { readonly text: number; readonly windows: number }[];
  /** How tokens were made vectors. */
  readonly pooling: UsedPooling;
}

/**
 * Makes one vector of each text, as sentence-transformers does: special tokens and all, pooled as the checkpoint says. Texts are packed into
 * rows without padding where the model takes a mask, and read one by one where it does not. A text that is longer than `length` is read
 * in windows that overlap by a quarter, and its vector is the mean of theirs, by their tokens: nothing is cut off, and `inWindows` says so.
 * @throws ConfigError when texts, model or options cannot be right; the signal's reason
 * @cost that of the model for the tokens of all texts; one row of `tokensAtOnce` tokens at a time
 * @source SentenceTransformer.encode of sentence-transformers 5
 * @example
 * const encode = (text) => ({
 *   ids: Int32Array.from(text, (sign) => sign.charCodeAt(0) % 99), // each character is a token
 *   offsets: Uint32Array.from({ length: 2 * text.length }, (_, at) => (at + 1) >> 1),
 * });
 * const config = { vocabSize: 99, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const tokenizer = { encode, template: { single: { before: [], after: [] } } };
 * const model = { model: bertModel(config), parameters: bertModel(config).init(createKey(0)), tokenizer };
 * const { vectors, paddingSaved } = await embedTexts(['It rains.', 'I wait for the train.'], model);
 * [vectors.length, vectors[0].length, paddingSaved]; // => [2, 8, 12]
 */
export async function embedTexts(texts: readonly string[], model: TextModel, options: EmbedTextsOptions = {}): Promise<TextEmbeddings> {
  const caller = 'embedTexts';
  requireKind(caller, 'texts', texts, 'list');
  for (const text of texts) requireKind(caller, 'each text', text, 'text');
  const { pooling, tokensAtOnce, length } = embedSettings(caller, model, options);
  const step = stages(options);
  const { rows, owners, inWindows } = await rowsOf(caller, texts, { model, length, step });
  const longest = rows.reduce((most, { length: tokens }) => Math.max(most, tokens), 1);
  const packed = inNameOf(caller, () => packTexts(rows, { length: packs(model) ? Math.max(tokensAtOnce, longest) : longest }));
  const sequences = packs(model) ? packed.sequences : packed.sequences.flatMap(oneByOne);
  const sums: (Float64Array | undefined)[] = texts.map(() => undefined);
  await step({ stage: 'read', done: 0, total: sequences.length });
  for (const [at, sequence] of sequences.entries()) {
    const vectors = await pooled(caller, model, sequence, pooling);
    sequence.places.forEach(({ text: row, start, end }, place) => {
      const text = owners[row] as number;
      const vector = vectors[place] as Float32Array;
      const sum = sums[text] ?? new Float64Array(vector.length);
      sums[text] = sum;
      for (let feature = 0; feature < sum.length; feature++)
        sum[feature] = (sum[feature] as number) + (end - start) * (vector[feature] as number);
    });
    await step({ stage: 'read', done: at + 1, total: sequences.length });
  }
  const weights = texts.map(() => 0);
  rows.forEach((row, at) => {
    weights[owners[at] as number] = (weights[owners[at] as number] as number) + row.length;
  });
  return {
    vectors: sums.map((sum, text) => finished(sum as Float64Array, weights[text] as number, pooling.used.normalise)),
    tokens: packed.tokens,
    paddingSaved: packed.paddingSaved,
    inWindows,
    pooling: pooling.used,
  };
}

/** The options with their defaults, checked; the length of a text's own tokens. */
export function embedSettings(
  caller: string,
  model: TextModel,
  options: EmbedTextsOptions,
): { readonly pooling: TextPooling; readonly tokensAtOnce: number; readonly length: number } {
  requireTextModel(caller, model);
  requireKnown(caller, options, { modes: 'list', normalise: 'flag', length: true, tokensAtOnce: true, ...workOptionNames });
  requireWork(caller, options);
  const { modes, normalise, tokensAtOnce = 2048 } = options;
  requireInteger(caller, { tokensAtOnce }, 1);
  if (modes !== undefined) requireModes(caller, modes);
  const { before, after } = model.tokenizer.template.single;
  const length = contentLength(caller, model, { length: options.length, special: before.length + after.length });
  return { pooling: textPooling(model, { modes, normalise }), tokensAtOnce, length };
}

/** The rows of ids of all texts, and which text each belongs to. */
async function rowsOf(
  caller: string,
  texts: readonly string[],
  { model, length, step }: { readonly model: TextModel; readonly length: number; readonly step: ReturnType<typeof stages> },
) {
  const { tokenizer } = model;
  const { before, after } = tokenizer.template.single;
  const rows: number[][] = [];
  const owners: number[] = [];
  const inWindows: { text: number; windows: number }[] = [];
  for (const [text, each] of texts.entries()) {
    const tokens = await tokenizer.encode(each);
    requireTokens(caller, tokens, each.length);
    const parts =
      tokens.ids.length <= length ? [tokens.ids] : windows(tokens, { length, overlap: Math.floor(length / 4) }).map(idsOf(tokens.ids));
    if (parts.length > 1) inWindows.push({ text, windows: parts.length });
    for (const ids of parts) {
      rows.push([...before, ...ids, ...after]);
      owners.push(text);
    }
    await step({ stage: 'tokenize', done: text + 1, total: texts.length });
  }
  return { rows, owners, inWindows };
}

const idsOf =
  (ids: Int32Array) =>
  ({ tokens }: { readonly tokens: { readonly start: number; readonly end: number } }): Int32Array =>
    ids.subarray(tokens.start, tokens.end);

/** The texts of a sequence, each in one of its own. */
const oneByOne = ({ ids, owners, places }: PackedSequence): readonly PackedSequence[] =>
  places.map(({ text, start, end }) => ({
    ids: ids.subarray(start, end),
    owners: owners.subarray(start, end),
    places: [{ text, start: 0, end: end - start }],
  }));

/** The vector of each text of a sequence. */
async function pooled(
  caller: string,
  model: TextModel,
  { ids, owners, places }: PackedSequence,
  pooling: TextPooling,
): Promise<readonly Float32Array[]> {
  const output: LayerResult = readRows(caller, model, [{ ids }], places.length > 1 ? { owners } : {});
  const vectors = poolEach(caller, output, places, pooling);
  try {
    return await Promise.all(vectors.map((vector: Tensor) => vector.data<'float32'>()));
  } finally {
    for (const vector of vectors) vector.dispose();
  }
}

/** Disposes what the model gave. */
function poolEach(caller: string, output: LayerResult, places: PackedSequence['places'], { pool }: TextPooling): readonly Tensor[] {
  try {
    const [, , features] = requireStates(caller, output.hidden);
    const states = ({ start, end }: PackedSequence['places'][number]) => slice(output.hidden, [0, start, 0], [1, end - start, features]);
    return inNameOf(caller, () => tidy(() => places.map((place) => pool(states(place)))));
  } finally {
    disposeOutput(output);
  }
}

function finished(sum: Float64Array, weight: number, normalise: boolean): Float32Array {
  const mean = sum.map((value) => value / weight);
  return normalise ? unitLengthOf(mean) : Float32Array.from(mean);
}
