import { documents } from '@longspan/attention-sparse/mask';
import type { Layer, LayerResult, Parameters } from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireGiven, requireInteger, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { checkParameters } from '@longspan/core-tensor/layer';
import { type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { Pretrained } from '../../pretrained/pretrained.ts';
import type { Sentence } from '../../sentence/sentence.ts';
import { requireTokenizer, type TextTokenizer } from '../source/text-tokenizer.ts';
import { requireSentence } from './text-pooling.ts';

/** A model that reads texts: what `fromPretrained` gives, and a tokenizer. `{ ...pretrained, tokenizer }` is one. */
export interface TextModel<Out extends LayerResult = LayerResult> {
  readonly model: Layer<never, Out>;
  readonly parameters: Parameters;
  readonly tokenizer: TextTokenizer;
  /** Tells how many positions the model has. */
  readonly config?: object | undefined;
  /** How the checkpoint makes a vector of a text, where it is one of sentence-transformers: it is obeyed. */
  readonly sentence?: Sentence | undefined;
}

/** What `fromPretrained` and `toLong` give besides, so that a model can be given as it is. */
const besides = ['family', 'head', 'json', 'report', 'positions', 'dispose'] as const satisfies readonly (keyof Pretrained | 'positions')[];

/** Throws where something else came as the model, or with it. */
export function requireModelNames(caller: string, given: object): void {
  requireKind(caller, 'model', given, 'record');
  requireKnown(`${caller} model`, given, ['model', 'parameters', 'tokenizer', 'config', 'sentence', ...besides]);
}

/** Throws unless a model and its tokenizer are there. */
export function requireTextModel(caller: string, given: TextModel): void {
  requireModelNames(caller, given);
  const { model, parameters, tokenizer, config, sentence } = given;
  requireGiven(caller, 'model.model', model, 'a model of @longspan/models');
  requireKind(caller, 'model.model', model, 'layer');
  requireGiven(caller, 'model.parameters', parameters, 'the parameters of the model');
  checkParameters(caller, model.spec, parameters);
  if (config !== undefined) requireKind(caller, 'model.config', config, 'record');
  if (sentence !== undefined) requireSentence(caller, sentence);
  requireTokenizer(caller, tokenizer);
}

/** Tokens of a window where nobody says otherwise: what BERT and most sentence encoders were trained on. */
const usualLength = 512;

/**
 * How many tokens a window has, special tokens apart.
 * @param length special tokens and all; by default 512, or what the model's table of positions holds, or its config's maxSeqLength
 */
export function contentLength(
  caller: string,
  model: Pick<TextModel, 'config' | 'parameters'>,
  { length, special }: { readonly length: number | undefined; readonly special: number },
): number {
  const whole = length ?? Math.min(usualLength, longestText(model) ?? usualLength);
  requireInteger(caller, { length: whole }, 1);
  if (whole > special) return whole - special;
  throw new ConfigError({
    caller,
    problem: 'length must leave room for tokens of the document.',
    expected: `more than ${special}, the special tokens and the question`,
    got: show(whole),
    remedy: 'give a larger length.',
  });
}

/** What stands for padding in these families where the config does not say, and in MPNet whatever it says. */
const usualPadding = 1;

/** Families that count positions from the row after that of padding. */
const afterPadding = ['roberta', 'xlm-roberta', 'longformer', 'mpnet'];

/** Tokens for which a model has rows in its table of positions, or that its config says it has learnt from; nothing where it says neither. */
function longestText({ config, parameters }: Pick<TextModel, 'config' | 'parameters'>): number | undefined {
  const { maxPositionEmbeddings: rows, padTokenId, modelType, maxSeqLength } = (config ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof maxSeqLength === 'number') return maxSeqLength;
  const hasTable = Object.keys(parameters).some((name) => name.endsWith('position_embeddings.weight'));
  if (typeof rows !== 'number' || !hasTable) return undefined;
  const isAfter = typeof modelType === 'string' ? afterPadding.includes(modelType) : typeof padTokenId === 'number';
  const padding = typeof padTokenId === 'number' && modelType !== 'mpnet' ? padTokenId : usualPadding;
  return rows - (isAfter ? padding + 1 : 0);
}

/** One row that the model reads, special tokens and all. */
export interface ModelRow {
  readonly ids: ArrayLike<number>;
  /** The token type of each; all 0 where there is none. */
  readonly types?: ArrayLike<number> | undefined;
}

/**
 * Runs the model over rows of one length.
 * @param owners which text each token of a packed row belongs to
 * @returns what it gives, to be disposed
 */
export function readRows<Out extends LayerResult>(
  caller: string,
  { model, parameters, config }: TextModel<Out>,
  rows: readonly ModelRow[],
  { owners, context = () => ({}) }: { readonly owners?: Int32Array | undefined; readonly context?: (() => object) | undefined } = {},
): Out {
  const length = rows[0]?.ids.length ?? 0;
  requireWords(caller, config, rows);
  const stacked = (lists: readonly ArrayLike<number>[]): Tensor =>
    tensor2d(Int32Array.from(lists.flatMap((list) => Array.from(list))), [rows.length, length], 'int32');
  const run = () => {
    const typed = rows.some(({ types }) => types !== undefined) && model.reads.includes('tokenTypes');
    const zeros = new Int32Array(length);
    const whole = {
      ...(typed ? { tokenTypes: stacked(rows.map(({ types }) => types ?? zeros)) } : {}),
      ...(owners === undefined ? {} : { mask: documents(owners) }),
      ...context(),
    };
    return model.apply(parameters, stacked(rows.map(({ ids }) => ids)), whole as never) as object as Record<string, Tensor>;
  };
  return inNameOf(caller, () => tidy(run)) as object as Out;
}

/** Throws for ids that the model has no word for: they are of another model's tokenizer. */
function requireWords(caller: string, config: object | undefined, rows: readonly ModelRow[]): void {
  const { vocabSize } = (config ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof vocabSize !== 'number') return;
  for (const { ids } of rows) {
    const beyond = Array.from(ids).find((id) => id >= vocabSize);
    if (beyond === undefined) continue;
    throw new ConfigError({
      caller,
      problem: "model.tokenizer must be the model's own.",
      expected: `ids below ${vocabSize}  (set by config.vocabSize)`,
      got: `${beyond}`,
      remedy: 'read the tokenizer from where the model came from.',
    });
  }
}

/** Throws unless a model gave one vector for each token. */
export function requireStates(caller: string, hidden: Tensor): readonly [number, number, number] {
  if (hidden.shape.length === 3) return hidden.shape as [number, number, number];
  throw new ConfigError({
    caller,
    problem: 'model must give a vector for each token.',
    expected: '[b, tokens, width]',
    got: `[${hidden.shape.join(', ')}]`,
    remedy: "give a model without a head: read the checkpoint with { head: 'model' }.",
  });
}

/** Whether several texts may be packed into one of its rows. */
export const packs = ({ model }: Pick<TextModel, 'model'>): boolean => model.reads.includes('mask');

/** Disposes all that a model gave. */
export function disposeOutput(output: LayerResult): void {
  for (const value of Object.values(output) as readonly unknown[]) {
    const tensors = Array.isArray(value) ? value : [value];
    for (const each of tensors as readonly Partial<Tensor>[]) if (typeof each?.dispose === 'function') each.dispose();
  }
}
