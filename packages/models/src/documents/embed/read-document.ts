import { type OptionKind, requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import type { HeadingRule, TextSegments } from '@longspan/hierarchical';
import { type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { readWindows } from '../model/read-windows.ts';
import { contentLength, requireStates, requireTextModel, type TextModel } from '../model/text-model.ts';
import { type LatePoolingOption, latePooling } from '../model/text-pooling.ts';
import { requireWork, type stages, type WorkOptions, workOptionNames } from '../source/stages.ts';
import { settledWindows } from '../window/settled-windows.ts';
import { requireOverlap, type TextWindow } from '../window/windows.ts';
import { keptSentences } from './kept-sentences.ts';
import { type ProjectedVectors, projectedVectors } from './level-vectors.ts';
import { documentSegments } from './segments.ts';
import { type DocumentTokens, tokenize } from './tokenize.ts';

/** How a document is cut. */
export interface CutOptions {
  /** Tokens of a window, special tokens and all; 512 by default, or what the model has positions for or, as its config says, learnt from. */
  readonly length?: number | undefined;
  /** Tokens that neighbouring windows have in common, or more; a quarter of a window by default. */
  readonly overlap?: number | undefined;
  /** Language of the document, as Intl takes it; that of the machine by default. */
  readonly locale?: string | undefined;
  /** Says of a paragraph whether it is a heading; `isHeading` of @longspan/hierarchical by default. */
  readonly heading?: HeadingRule | undefined;
}

export interface ReadOptions extends CutOptions, WorkOptions {
  /**
   * 'mean' takes the mean of tokens where the checkpoint pools otherwise, and leaves its linear maps out. By default the checkpoint decides: a
   * mean, with linear maps or none; any other pooling is an error.
   */
  readonly pooling?: LatePoolingOption;
}

/** What was settled of a reading; lengths of the document's own tokens. */
export interface ReadSettings {
  readonly length: number;
  readonly overlap: number;
  readonly pooling?: LatePoolingOption;
}

/** What `requireKnown` checks of them. */
export const cutOptionNames: Readonly<Record<keyof (CutOptions & WorkOptions), true | OptionKind>> = {
  length: true,
  overlap: true,
  locale: 'text',
  heading: 'function',
  ...workOptionNames,
};

/** A document that was read: the mean of each sentence's tokens, each token from the window where it has most context. */
export interface ReadDocument {
  readonly segments: TextSegments;
  readonly tokens: DocumentTokens;
  readonly windows: readonly TextWindow[];
  /** Windows that were read for it; of an edited document those that the edit touches. */
  readonly read: readonly TextWindow[];
  readonly width: number;
  /** Float32 [sentences · width]; zeros of a sentence without tokens. */
  readonly means: Float32Array;
  /** The vectors of all levels, where they are more than the means: where the checkpoint has linear maps. */
  readonly projected?: ProjectedVectors | undefined;
}

/** The options of a reading, checked. */
export function readSettings(caller: string, model: TextModel, options: ReadOptions): ReadSettings {
  requireTextModel(caller, model);
  requireKnown(caller, options, { ...cutOptionNames, pooling: true });
  latePooling(caller, model, options.pooling);
  requireWork(caller, options);
  if (options.locale !== undefined) requireKind(caller, 'locale', options.locale, 'text');
  const { before, after } = model.tokenizer.template.single;
  const length = contentLength(caller, model, { length: options.length, special: before.length + after.length });
  const overlap = options.overlap ?? Math.floor(length / 4);
  requireInteger(caller, { overlap }, 0);
  requireOverlap(caller, { length, overlap });
  return { length, overlap, pooling: options.pooling };
}

/**
 * Cuts, tokenizes and reads a document. Of an edited one, only the windows that the edit touches are read.
 * @cost that of the model over the windows; beside them the text, its tokens and one vector a sentence are in memory
 */
export async function readDocument(
  caller: string,
  text: string,
  model: TextModel,
  {
    settings,
    options,
    step,
    previous,
  }: {
    readonly settings: ReadSettings;
    readonly options: Omit<ReadOptions, 'pooling'>;
    readonly step: ReturnType<typeof stages>;
    readonly previous?: ReadDocument | undefined;
  },
): Promise<ReadDocument> {
  const segments = await documentSegments(caller, text, { options, step, previous: previous?.segments });
  const tokens = await tokenize(caller, segments, { tokenizer: model.tokenizer, previous, step });
  const windows = settledWindows(tokens, settings);
  const kept = keptSentences({ tokens, windows }, previous);
  const { read, width, means } = await meansOf(caller, model, { tokens, windows, kept, step, width: previous?.width ?? 0 });
  kept.forEach((old, sentence) => {
    if (old >= 0) means.set((previous as ReadDocument).means.subarray(old * width, (old + 1) * width), sentence * width);
  });
  const whole = { segments, tokens, windows, read, width, means };
  const { project } = latePooling(caller, model, settings.pooling);
  return project === undefined ? whole : { ...whole, projected: await projectedVectors(whole, project) };
}

/** Reads the windows that own tokens of sentences which are not kept, and gives the means of these. */
async function meansOf(
  caller: string,
  model: TextModel,
  {
    tokens,
    windows,
    kept,
    step,
    width,
  }: {
    readonly tokens: DocumentTokens;
    readonly windows: readonly TextWindow[];
    readonly kept: Int32Array;
    readonly step: ReturnType<typeof stages>;
    readonly width: number;
  },
): Promise<Pick<ReadDocument, 'read' | 'width' | 'means'>> {
  const isWanted = wantedTokens(tokens, kept);
  const read = windows.filter(({ own }) => isWanted(own.start, own.end));
  const sums = sentenceSums(tokens, kept, width);
  const { before, after } = model.tokenizer.template.single;
  const rowOf = ({ tokens: { start, end } }: TextWindow) => ({ ids: [...before, ...tokens.ids.subarray(start, end), ...after] });
  // Tokens that another window knows better need no state of their own, where the model can leave them out at the end.
  const leavesOut = model.model.reads.includes('wantedTokens');
  const context = (windows: readonly TextWindow[]) => (leavesOut ? { wantedTokens: ownTokens(windows, before.length, after.length) } : {});
  await readWindows(caller, model, read, { rowOf, context, step }, async ({ hidden }, rows) => {
    const [, length, features] = requireStates(caller, hidden);
    const values = await hidden.data<'float32'>();
    let from = 0;
    rows.forEach((window, row) => {
      const { tokens, own } = read[window] as TextWindow;
      if (!leavesOut) from = row * length + before.length + own.start - tokens.start;
      sums.add(own, values.subarray(from * features), features);
      from += own.end - own.start;
    });
  });
  return { read, ...sums.means() };
}

/** int32 [rows]: where the tokens stand that windows of one length own, in rows with so many special tokens before and after. */
function ownTokens(windows: readonly TextWindow[], before: number, after: number): Tensor {
  const places = windows.flatMap(({ tokens, own }, row) => {
    const first = row * (before + tokens.end - tokens.start + after) + before + own.start - tokens.start;
    return Array.from({ length: own.end - own.start }, (_, at) => first + at);
  });
  return tensor1d(places, 'int32');
}

/** Whether a range of tokens has some of a sentence that is to be read. */
function wantedTokens({ ids, sentences }: DocumentTokens, kept: Int32Array): (start: number, end: number) => boolean {
  const before = new Int32Array(ids.length + 1); // wanted tokens before each place
  let sentence = 0;
  for (let token = 0; token < ids.length; token++) {
    while ((sentences[sentence + 1] as number) <= token) sentence++;
    before[token + 1] = (before[token] as number) + (kept[sentence] === -1 ? 1 : 0);
  }
  return (start, end) => (before[end] as number) > (before[start] as number);
}

/** Adds up the tokens of sentences, which come in the order of the document. */
function sentenceSums({ sentences }: DocumentTokens, kept: Int32Array, known: number) {
  let width = known;
  let means = new Float32Array(kept.length * width);
  let sum = new Float64Array(width);
  let sentence = 0;
  return {
    /** @param values the states of the tokens of `own`, one behind the other */
    add(own: TextWindow['own'], values: Float32Array, features: number): void {
      if (features !== width) {
        width = features;
        means = new Float32Array(kept.length * width);
        sum = new Float64Array(width);
      }
      for (let token = own.start; token < own.end; token++) {
        while ((sentences[sentence + 1] as number) <= token) sentence++;
        if (kept[sentence] !== -1) continue;
        if (token === sentences[sentence]) sum.fill(0);
        const from = (token - own.start) * width;
        for (let feature = 0; feature < width; feature++) sum[feature] = (sum[feature] as number) + (values[from + feature] as number);
        if (token + 1 !== sentences[sentence + 1]) continue;
        const count = (sentences[sentence + 1] as number) - (sentences[sentence] as number);
        for (let feature = 0; feature < width; feature++) means[sentence * width + feature] = (sum[feature] as number) / count;
      }
    },
    means: () => ({ width, means }),
  };
}
