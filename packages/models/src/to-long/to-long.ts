import { disposeParameters, type Parameters, type Spec, stopGradient } from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireInteger, requireKind, requireKnown, show, stamped } from '@longspan/core-tensor/error';
import { checkParameters, requireParameters } from '@longspan/core-tensor/layer';
import type { TypedEncoderConfig } from '../encoder/encoder-config.ts';
import { type LongformerConfig, longformer } from '../family/longformer/index.ts';
import { type AnyModel, type Family, type MakeModel, type ModelOptions, modelOptionNames, requireFamily } from '../pretrained/family.ts';
import { requireSentence } from '../sentence/require-sentence.ts';
import type { Sentence } from '../sentence/sentence.ts';
import { longParameters } from './long-parameters.ts';
import { type Head, type ShortFamily, shortFamily } from './short-families.ts';

/** A model for short texts: what `fromPretrained` gives of a BERT, RoBERTa or XLM-R. */
export interface ShortModel {
  readonly family: Family;
  /** Which of the family's models it is; found by the names of the parameters where it is not said. */
  readonly head?: string | undefined;
  readonly config: object;
  readonly parameters: Parameters;
  /** How vectors are made, of a repository of sentence-transformers: the long model makes them in the same way. */
  readonly sentence?: Sentence | undefined;
}

export interface ToLongOptions extends ModelOptions {
  /** Most tokens that a text may have. */
  readonly maxPositions: number;
  /** Tokens of both sides together that a token attends to, for all layers or for each one; 512 by default. */
  readonly attentionWindow?: number | readonly number[] | undefined;
  /**
   * Positions that are copied in turn, from the first. By default those that the checkpoint itself reads: the fewer of `maxSeqLength` and
   * `truncation` of its `sentence`; all rows of its table where it says nothing.
   */
  readonly positionPeriod?: number | undefined;
}

/** The long model, of the family Longformer; its type is the head's where the short model says which it has. */
export interface LongModel<H extends Head = Head> {
  readonly family: typeof longformer;
  readonly head: H;
  readonly config: LongformerConfig;
  readonly model: ReturnType<(typeof longformer.models)[H]>;
  readonly parameters: Parameters;
  readonly positions: {
    /** After so many tokens positions begin again. */
    readonly period: number;
    /** Where that number came from: the option, the checkpoint's maximum, where its tokenizer cuts, or the height of its table. */
    readonly from: 'positionPeriod' | 'maxSeqLength' | 'truncation' | 'table';
  };
  /** That of the short model, for texts of maxPositions tokens. */
  readonly sentence?: Sentence | undefined;
  /** Disposes the parameters, those of `sentence` too. Those of the short model stay. */
  dispose(): void;
}

const caller = 'toLong';

/**
 * Makes a Longformer of a BERT, RoBERTa or XLM-R, without training: its positions are copied in turn, and the projections of global tokens
 * start as those of all tokens. With no token global, and on texts that are shorter than one side of the window, it gives what the short
 * model gives for tokens; rows of padding are others. It finds passages best where positions repeat with the length that the checkpoint was
 * trained on, which for sentence encoders is often less than their table's: `positions` says which was taken.
 * @shape the parameters' own; nothing but the table of positions is copied
 * @throws ConfigError for another family, and for sizes that do not fit it
 * @cost maxPositions · hiddenSize numbers for the table of positions
 * @source Beltagy et al. 2020 (arXiv 2004.05150) §5; allenai/longformer, scripts/convert_model_to_long.ipynb
 * @example
 * const sizes = { vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16, maxPositionEmbeddings: 6 };
 * const short = { family: bert, config: bert.config(sizes), parameters: bertModel(sizes).init(createKey(0)) };
 * const { model, parameters, positions } = toLong({ ...short, head: 'model' }, { maxPositions: 20, attentionWindow: 4 });
 * const { hidden } = model.apply(parameters, ones([1, 20], 'int32'));
 * [hidden.shape, positions.period, positions.from]; // => [[1, 20, 8], 6, 'table']
 */
export function toLong<H extends Head>(model: ShortModel & { readonly head: H }, options: ToLongOptions): LongModel<H>;
export function toLong(model: ShortModel, options: ToLongOptions): LongModel;
export function toLong(model: ShortModel, options: ToLongOptions): LongModel {
  requireKind(caller, 'model', model, 'record');
  requireKnown<ToLongOptions>(caller, options, { ...modelOptionNames, maxPositions: true, attentionWindow: true, positionPeriod: true });
  const { family, parameters, sentence } = model;
  requireFamily(caller, family);
  const short = shortFamily(caller, family.modelType);
  requireParameters(caller, parameters); // those too that the model does not have
  const config = inNameOf(caller, () => family.config(model.config as Readonly<Record<string, unknown>>)) as TypedEncoderConfig;
  const head = headOf(short, model);
  checkParameters(
    caller,
    inNameOf(caller, () => specOf(family, head, config)),
    parameters,
  );
  requireGelu(config, head);
  const { maxPositions, attentionWindow = 512, positionPeriod, wrapLayer, blockSize } = options;
  requireInteger(caller, { maxPositions }, 1);
  if (sentence !== undefined) requireSentence(caller, sentence);
  const table = config.maxPositionEmbeddings - short.firstRow(config);
  const positions = periodOf(positionPeriod, sentence, table);
  const rows = maxPositions + config.padTokenId + 1;
  const long = inNameOf(caller, () => longConfig(config, { head, rows, attentionWindow }));
  const made = inNameOf(caller, () => longformer.models[head](long, { wrapLayer, blockSize }));
  const owned = longParameters(short, head, { parameters, config }, { rows, period: positions.period });
  const vectors = sentence === undefined ? undefined : longSentence(sentence, maxPositions);
  return {
    ...{ family: longformer, head, config: long, model: made, parameters: owned, positions },
    ...(vectors === undefined ? {} : { sentence: vectors }),
    dispose() {
      disposeParameters(owned);
      if (vectors !== undefined) disposeParameters(vectors.parameters);
    },
  };
}

/** Whoever reads the saved model by sentence-transformers gets texts cut after maxPositions. */
const longSentence = ({ truncation: _, ...sentence }: Sentence, maxSeqLength: number): Sentence =>
  stamped({
    ...sentence,
    maxSeqLength,
    parameters: Object.fromEntries(Object.entries(sentence.parameters).map(([name, tensor]) => [name, stopGradient(tensor)])),
  });

/** What the short model's parameters are. */
const specOf = (family: Family, head: string, config: object): Spec =>
  (family.models[head] as MakeModel<object, AnyModel> | undefined)?.(config).spec ?? {};

/** Which head the parameters have. */
function headOf({ body }: ShortFamily, { head, parameters }: ShortModel): Head {
  const heads = Object.keys(longformer.models) as readonly Head[];
  if (head !== undefined) {
    const known = heads.find((each) => each === head);
    if (known !== undefined) return known;
    throw new ConfigError({
      caller,
      problem: 'model.head must be one that Longformer has.',
      expected: heads.join(', '),
      got: show(head),
      remedy: "load the checkpoint with { head: 'model' } for its body.",
    });
  }
  const names = Object.keys(parameters);
  const has = (start: string): boolean => names.some((name) => name.startsWith(start));
  if (!has(`${body}.`)) return 'model';
  if (has('lm_head.') || has('cls.')) return 'maskedLanguageModel';
  if (has('qa_outputs.')) return 'questionAnswering';
  return has('classifier.out_proj.') || has(`${body}.pooler.`) ? 'sequenceClassification' : 'tokenClassification';
}

function requireGelu({ hiddenAct }: TypedEncoderConfig, head: Head): void {
  if (head !== 'maskedLanguageModel' || hiddenAct === 'gelu') return;
  throw new ConfigError({
    caller,
    problem: 'hidden_act must be gelu for a model with logits of words.',
    expected: "'gelu', as Longformer's head has it",
    got: show(hiddenAct),
    remedy: "load the checkpoint with { head: 'model' }.",
  });
}

function periodOf(positionPeriod: number | undefined, sentence: Sentence | undefined, table: number): LongModel['positions'] {
  if (positionPeriod !== undefined) {
    requireInteger(caller, { positionPeriod }, 1, { atMost: table });
    return { period: positionPeriod, from: 'positionPeriod' };
  }
  const { maxSeqLength = Infinity, truncation = Infinity } = sentence ?? {};
  const period = Math.min(maxSeqLength, truncation, table);
  // Special tokens have positions too: a length is one of all tokens.
  return { period, from: period === maxSeqLength ? 'maxSeqLength' : period === truncation ? 'truncation' : 'table' };
}

function longConfig(
  config: TypedEncoderConfig,
  { head, rows, attentionWindow }: { readonly head: Head; readonly rows: number; readonly attentionWindow: number | readonly number[] },
): LongformerConfig {
  const { unread = {}, isDecoder: _, classifierDropout, modelType: __, architectures: ___, ...sizes } = config;
  const separator = unread['sep_token_id'] ?? unread['eos_token_id'];
  const architecture = Object.entries(longformer.architectures).find(([, model]) => model === head)?.[0];
  return longformer.config({
    ...sizes,
    modelType: longformer.modelType,
    ...(architecture === undefined ? {} : { architectures: [architecture] }),
    maxPositionEmbeddings: rows,
    attentionWindow:
      typeof attentionWindow === 'number' ? Array.from({ length: config.numHiddenLayers }, () => attentionWindow) : attentionWindow,
    ...(typeof separator === 'number' ? { sepTokenId: separator } : {}),
    unread: { ...unread, ...(classifierDropout === undefined ? {} : { classifier_dropout: classifierDropout }) },
  });
}
