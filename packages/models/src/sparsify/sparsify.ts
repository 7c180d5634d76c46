import { chooseMasks, equalMasks, everything, type KeptMass, type Mask, type MaskChoice } from '@longspan/attention-sparse';
import { disposeParameters, type Layer, type LayerResult, type Parameters, stopGradient } from '@longspan/core-tensor';
import { ConfigError, inNameOf, isList, requireInteger, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { checkParameters, requireParameters } from '@longspan/core-tensor/layer';
import type { ConfigJson } from '../config/read-config.ts';
import type { MaskedConfig } from '../encoder/attention-masks.ts';
import { type AnyModel, type Family, type MakeModel, type ModelOptions, modelOptionNames, requireFamily } from '../pretrained/family.ts';
import type { AnyPretrainedModel, SavedModel } from '../pretrained/pretrained.ts';
import { requireSignal } from '../pretrained/require-signal.ts';
import { defaultCandidates } from './candidates.ts';
import { compare } from './compare.ts';
import { measureText } from './measure.ts';
import type { LayerChoice, SparsifyReport } from './report.ts';
import { readSample, type SampleText } from './sample.ts';

/** A model that attends to every token: what `fromPretrained` gives of a BERT and its kin, or of a ModernBERT. */
export interface DenseModel<F extends Family, Model> extends SavedModel<F> {
  readonly model: Model;
}

export interface SparsifyProgress {
  readonly stage: 'measure' | 'compare';
  /** Texts that are done, of so many. */
  readonly done: number;
  readonly total: number;
}

export interface SparsifyOptions extends ModelOptions {
  /** Texts like those that the model shall read. */
  readonly sample: readonly SampleText[];
  /** Share of the attention mass that each head must keep, as a mean over the queries of the sample; above 0, at most 1. */
  readonly recall: number;
  /**
   * Masks that each head may get, shared by all heads or made for as many. By default the first token; windows, as long as they hide
   * anything of the sample, without and with the first token as a global one; and every token.
   */
  readonly candidates?: readonly Mask[] | undefined;
  /** Queries of each text that are looked at, spread over it; 64 by default. */
  readonly queries?: number | undefined;
  /** Tokens of the texts by which cost is counted; 4,096 by default, or those of the longest text of the sample. */
  readonly length?: number | undefined;
  readonly progress?: ((event: SparsifyProgress) => void) | undefined;
  /** Ends it between two passes. */
  readonly signal?: AbortSignal | undefined;
}

/** The same model with a mask for each layer and head. `savePretrained` writes it, and `fromPretrained` reads it. */
export interface Sparsified<F extends Family, Model> extends SavedModel<F> {
  readonly json: ConfigJson;
  readonly model: Model;
  readonly report: SparsifyReport;
  /** Disposes the parameters. Those of the model that was given stay. */
  dispose(): void;
}

const caller = 'sparsify';

/**
 * Gives each layer and head that attends to every token the mask that keeps the asked share of its attention at the lowest cost, measured
 * on a sample by rows of the softmax: nothing n x n is made. The masks hold for any length, and are written into the config as
 * `attention_masks`. A head that no window satisfies goes on attending to every token, and the report says so; what it says of loss,
 * outputs and time is measured on the sample, and a text that is unlike it may lose more. How long a text may be is for its positions to
 * say: BERT's have a table, ModernBERT's no end.
 * @shape the parameters' own; nothing is copied
 * @throws ConfigError for a family whose config takes no masks, for a model without such a layer, and for what does not fit
 * @cost for each text of the sample one pass of the model, or several where queries · length is above 65,536, and three of each model to
 *   compare; on the host O(heads · queries · (length + candidates)) for each layer
 * @source `calibrate` of @longspan/attention-sparse at work; MInference (arXiv 2407.02490) §3.2 searches a pattern per head so
 * @example
 * const sizes = { vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const files = await pretrainedFiles({ family: bert, head: 'model', config: bert.config(sizes), parameters: bertModel(sizes).init(createKey(0)) });
 * const dense = await fromPretrained(files, { family: bert, head: 'model' });
 * const candidates = [slidingWindow({ left: 1, right: 1 }), everything()];
 * const { report, config, dispose } = await sparsify(dense, { sample: [[1, 2, 3, 4, 5, 6]], recall: 0.4, candidates });
 * report.layers[0].heads.map(({ mask }) => mask.name); // => ['slidingWindow({ left: 1, right: 1 })', 'slidingWindow({ left: 1, right: 1 })']
 * config.attentionMasks; // => [{ kind: 'slidingWindow', left: 1, right: 1 }]
 */
export async function sparsify<F extends Family, Model extends Layer<never, LayerResult>>(
  model: DenseModel<F, Model>,
  options: SparsifyOptions,
): Promise<Sparsified<F, Model>> {
  requireKind(caller, 'model', model, 'record');
  requireKnown<SparsifyOptions>(caller, options, {
    ...modelOptionNames,
    sample: true,
    recall: true,
    candidates: true,
    queries: true,
    length: true,
    progress: 'function',
    signal: true,
  });
  requireSignal(caller, options.signal);
  const { family, head, parameters, json = {} } = model;
  const { config, masks, dense } = checked(model as object as DenseModel<Family, unknown>);
  const texts = readSample(caller, options.sample, dense);
  const longest = texts.reduce((most, { length }) => Math.max(most, length), 1);
  const { recall, queries = 64, blockSize = 64, length = Math.max(longest, 4096), signal, progress } = options;
  requireInteger(caller, { queries, length, blockSize }, 1);
  const candidates = options.candidates ?? defaultCandidates(longest, blockSize);
  requireExtending(candidates);
  const choose = (measured: readonly (readonly (readonly KeptMass[])[])[]): MaskChoice =>
    inNameOf(caller, () => chooseMasks(measured, { recall, candidates, length, blockSize }));
  requireChoosable(candidates, choose);

  const open = [...masks.keys()].filter((layer) => equalMasks(masks[layer] as Mask, everything()));
  const names = open.map((layer) => dense.attentions[layer] as string);
  requireOpen(names, masks);
  const tell = (stage: SparsifyProgress['stage'], done: number) => progress?.({ stage, done, total: texts.length });
  const goOn = () => signal?.throwIfAborted();
  const measured: (readonly (readonly KeptMass[])[])[][] = names.map(() => []);
  for (const [at, text] of texts.entries()) {
    tell('measure', at);
    const found = await measureText(dense, parameters, text, { caller, layers: names, candidates, queries, onPass: goOn });
    for (const [layer, each] of found.entries()) measured[layer]?.push(...each);
  }
  const layers = names.map((name, at): LayerChoice => ({ name, ...choose(measured[at] ?? []) }));
  const written = masks.map((_, layer) => {
    const choice = layers[open.indexOf(layer)];
    return choice === undefined ? (config.attentionMasks?.[layer] ?? null) : nodeOf(choice);
  });
  const read = inNameOf(caller, () => family.config({ ...config, attentionMasks: written } as Partial<object>)) as ReturnType<F['config']>;
  const sparse = modelOf(family, head, read, options);
  const compared = await compare([dense, sparse], parameters, texts, (done) => {
    goOn();
    tell('compare', done);
  });
  tell('compare', texts.length);
  const heads = layers.flatMap((each) => each.heads);
  const own = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [name, stopGradient(tensor)]));
  return {
    family,
    head,
    config: read,
    json,
    model: sparse as object as Model,
    parameters: own,
    report: {
      recall,
      length,
      layers,
      left: dense.attentions.filter((name) => !names.includes(name)),
      reached: layers.every(({ reached }) => reached),
      visitedFraction: heads.reduce((all, { visitedFraction }) => all + visitedFraction, 0) / heads.length,
      ...compared,
    },
    dispose: () => disposeParameters(own),
  };
}

/** What a checked model is made of. */
interface Checked {
  readonly config: MaskedConfig;
  /** Of each layer. */
  readonly masks: readonly Mask[];
  readonly dense: AnyPretrainedModel;
}

function checked({ family, head, config, parameters, model }: DenseModel<Family, unknown>): Checked {
  requireFamily(caller, family);
  if (family.masks === undefined) throw withoutMasks(family);
  if (typeof head !== 'string' || !Object.hasOwn(family.models, head)) throw unknownHead(family, head);
  requireKind(caller, 'model.config', config, 'record');
  requireParameters(caller, parameters as Parameters); // those too that the model does not have
  requireKind(caller, 'model.model', model, 'layer');
  const read = inNameOf(caller, () => family.config(config));
  const masks = inNameOf(caller, () => (family.masks as (config: object) => readonly Mask[])(read));
  const dense = model as AnyPretrainedModel;
  const { spec } = modelOf(family, head, read, {}); // of the config: that of the model may be another's
  checkParameters(caller, spec, parameters as Parameters);
  if (masks.length !== dense.attentions.length) throw otherLayers(masks.length, dense.attentions.length);
  return { config: read as MaskedConfig, masks, dense };
}

/** The one place where a family that is known at run time alone makes its model. */
const modelOf = (family: Family, head: string, config: object, { wrapLayer, blockSize }: ModelOptions): AnyPretrainedModel =>
  inNameOf(caller, () => (family.models[head] as MakeModel<object, AnyModel>)(config, { wrapLayer, blockSize })) as AnyPretrainedModel;

/** The JSON of a layer's masks: one where all heads have the same, nothing where that is the checkpoint's own. */
function nodeOf({ heads, mask }: MaskChoice): ReturnType<Mask['toJSON']> | null {
  const [first, ...others] = heads.map((each) => each.mask) as [Mask, ...Mask[]];
  if (!others.every((other) => equalMasks(first, other))) return mask.toJSON();
  return equalMasks(first, everything()) ? null : first.toJSON();
}

/** The masks go into a file, and hold for texts that the sample does not have. */
function requireExtending(candidates: readonly Mask[]): void {
  if (!isList(candidates)) return; // chooseMasks says what is wrong
  for (const [at, candidate] of candidates.entries()) {
    requireKind(caller, `candidates[${at}]`, candidate, 'mask');
    if (candidate.batch === 1 && candidate.serialisable) continue;
    throw new ConfigError({
      caller,
      problem: 'candidates must hold for all texts, and be written as JSON.',
      expected: 'masks that are shared by all batch rows, and no rule of your own',
      got: `candidates[${at}]: ${candidate.name}`,
      remedy: 'use windows, keysAt, globalTokens, dilatedWindow and the like.',
    });
  }
}

const unmeasured: KeptMass = { kept: 0, queries: 0, lowest: 1 };

/** Throws what the choice would throw, before anything is measured. */
function requireChoosable(
  candidates: readonly Mask[],
  choose: (measured: readonly (readonly (readonly KeptMass[])[])[]) => MaskChoice,
): void {
  const heads = isList(candidates) ? Math.max(1, ...candidates.map((each) => each.heads)) : 1;
  choose([Array.from({ length: heads }, () => Array.from({ length: candidates.length }, () => unmeasured))]);
}

function requireOpen(names: readonly string[], masks: readonly Mask[]): void {
  if (names.length > 0) return;
  throw new ConfigError({
    caller,
    problem: 'the model must have a layer that attends to every token.',
    expected: 'a layer without a mask of its own',
    got: masks.length === 0 ? 'no layers' : [...new Set(masks.map(({ name }) => name))].slice(0, 4).join(', '),
    remedy: 'give the model that the checkpoint was trained as: attention_masks of its config are what was measured before.',
  });
}

const otherLayers = (masks: number, attentions: number): ConfigError =>
  new ConfigError({
    caller,
    problem: 'model.model must be what model.config makes.',
    expected: `${masks} layers with attention  (set by config)`,
    got: String(attentions),
    remedy: 'give what fromPretrained gave, as it is.',
  });

const withoutMasks = ({ modelType }: Family): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the family must be one whose layers attend to every token.',
    expected: 'bert, distilbert, modernbert, mpnet, roberta or xlm-roberta',
    got: show(modelType),
    remedy: 'leave the model as it is: its attention is sparse already, or has a form that no mask says.',
  });

const unknownHead = ({ models }: Family, head: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'model.head must be one of those of the family.',
    expected: Object.keys(models).join(', '),
    got: show(head),
    remedy: "give what fromPretrained gave: 'model' is the body.",
  });
