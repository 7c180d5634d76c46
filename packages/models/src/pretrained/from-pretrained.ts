import { createKey, disposeParameters, type Key, type Parameters, type Spec } from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireGiven, requireKnown, show } from '@longspan/core-tensor/error';
import { initialParameters } from '@longspan/core-tensor/layer';
import type { HubOptions } from '../hub/hub-options.ts';
import { type PassedOptions, passedOptionNames } from '../hub/passed-options.ts';
import { ownSentence } from '../sentence/own-sentence.ts';
import { readSentence } from '../sentence/read-sentence.ts';
import type { Sentence } from '../sentence/sentence.ts';
import { abortableFiles } from './abortable-files.ts';
import { requireKnownChanges, withChanges } from './config-json.ts';
import { familyOf } from './families.ts';
import { type Family, type ModelOptions, requireFamily } from './family.ts';
import { type CheckpointSource, filesOf } from './files-of.ts';
import { headOf } from './head-of.ts';
import { loadWeights, type Precision } from './load-weights.ts';
import { absentIn, requireBody, some } from './missing-weights.ts';
import { isUnneeded, namesInModel } from './model-parameters.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import type { OpenedWeights } from './open-weights.ts';
import { precisionOf, type WordForPrecision } from './precision.ts';
import type { AnyPretrainedModel, Pretrained, PretrainedReport } from './pretrained.ts';
import { counted, type OnProgress, untold } from './progress.ts';
import { requireBackend } from './require-backend.ts';
import { requireLayersThere, requireSmallHead } from './require-bounded.ts';
import { requireSignal } from './require-signal.ts';

export interface FromPretrainedOptions extends ModelOptions, PassedOptions {
  /** What the checkpoint is of (`bert` of @longspan/models/bert): so a page carries that family alone. By model_type of config.json by default. */
  readonly family?: Family | undefined;
  /** Which of the family's models: `model` is the body. By `architectures` of config.json by default. */
  readonly head?: string | undefined;
  /** Keys of the config that shall be others than in config.json: `{ numLabels: 3 }`. One that neither it nor the family knows is an error. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** How the weights of linear maps are kept; float32 by default. Tables, norms and biases stay float32. */
  readonly precision?: Precision | undefined;
  /** Another word for precision, as transformers.js has it. */
  readonly dtype?: WordForPrecision | undefined;
  /** Where a head comes from that the checkpoint lacks; createKey(0) by default. */
  readonly key?: Key | undefined;
  /**
   * The file of the weights, or their index; by default model.safetensors, its index, or where neither is there pytorch_model.bin or its
   * index: of a repository of the hub first what its converter offers of it in safetensors.
   */
  readonly weights?: string | undefined;
  /**
   * Whether modules.json of sentence-transformers is read, which says how vectors are made; true by default. With false the encoder alone is
   * read, whatever modules there are, and whatever its family makes of tokens.
   */
  readonly sentence?: boolean | undefined;
  readonly progress?: OnProgress | undefined;
  /** Ends it at once; what was read is disposed. */
  readonly signal?: AbortSignal | undefined;
}

const optionKinds = {
  family: true,
  head: 'text',
  config: 'record',
  precision: true,
  dtype: true,
  key: 'key',
  weights: 'text',
  sentence: 'flag',
  progress: 'function',
  signal: true,
  wrapLayer: 'function',
  blockSize: true,
  ...passedOptionNames,
} as const;

const caller = 'fromPretrained';

/**
 * Reads a checkpoint as transformers writes it: config.json, and its weights in one file or several. They come one after the other, so that
 * never the whole file is in memory, and go into the model under the names that it knows: an old conversion's, a body's into a head and a
 * head's into a body. What the checkpoint lacks of a head is drawn from the key and told on the console; what it lacks of the body is an error.
 * @param source the path of a folder, in a page an address; the id of a repository of the hub; the address of a folder; files or a folder
 *   that a user chose; bytes by their names
 * @throws ConfigError for a config that no model can be made of, and for a family or a head that is not known; FileError for a file that is
 *   missing or damaged, and for weights of the body that are missing or of another shape. No tensor is left then.
 * @cost reads the bytes of the weights once; beside the parameters one weight at a time
 * @source `PreTrainedModel.from_pretrained` of Hugging Face transformers 4.57
 * @example
 * const config = bertConfig({ vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 });
 * const files = await pretrainedFiles({ family: bert, head: 'model', config, parameters: bertModel(config).init(createKey(0)) });
 * const { model, parameters, dispose } = await fromPretrained(files, { family: bert, head: 'model' });
 * model.apply(parameters, tensor2d([[1, 2, 3]], [1, 3], 'int32')).hidden.shape; // => [1, 3, 8]
 */
export function fromPretrained<F extends Family, H extends keyof F['models'] & string>(
  source: CheckpointSource,
  options: FromPretrainedOptions & { readonly family: F; readonly head: H },
): Promise<Pretrained<F, ReturnType<F['models'][H]>> & { readonly head: H }>;
export function fromPretrained<F extends Family = Family>(
  source: CheckpointSource,
  options?: FromPretrainedOptions & { readonly family?: F | undefined; readonly head?: (keyof F['models'] & string) | undefined },
): Promise<Pretrained<F>>;
export async function fromPretrained(source: CheckpointSource, options: FromPretrainedOptions = {}): Promise<Pretrained> {
  return readPretrained(source, options, (modelType) => familyOf(caller, modelType));
}

/** @param chooseFamily the one of a model_type, where the options give none */
export async function readPretrained(
  source: CheckpointSource,
  options: FromPretrainedOptions,
  chooseFamily: (modelType: unknown) => Promise<Family>,
): Promise<Pretrained> {
  requireGiven(caller, 'source', source, 'where the checkpoint lies');
  requireKnown(caller, options, optionKinds);
  requireSignal(caller, options.signal);
  if (options.family !== undefined) requireFamily(caller, options.family);
  const precision = precisionOf(caller, options);
  const { signal, progress, key = createKey(0), config: changes = {}, sentence = true, wrapLayer, blockSize } = options;
  signal?.throwIfAborted();
  requireBackend(caller);
  const name = typeof source === 'string' ? source : 'checkpoint';
  const told = progress === undefined ? untold : counted(name, progress);
  const places = await filesOf(caller, source, { told, signal, hub: hubOptions(options) });
  const files = signal === undefined ? places : abortableFiles(places, signal);
  const checkpoint = await openCheckpoint(caller, files, { family: options.family, weights: options.weights, sentence, told });
  const { json: found, modules } = checkpoint;
  const json = withChanges(found, changes);
  const family = options.family ?? (await chooseFamily(json['model_type']));
  requireSameFamily(family, json['model_type']);
  const config = inNameOf(caller, () => family.config(json));
  requireKnownChanges(caller, changes, { json: found, config });
  const head = headOf(caller, family, json['architectures'], options.head);
  signal?.throwIfAborted();
  const opened = await checkpoint.openWeights();
  requireLayersThere(caller, config, opened);
  const model = inNameOf(caller, () => modelOf(family, head, config, given({ wrapLayer, blockSize })));
  const names = namesInModel(family, config, model.spec, opened.tensors.keys());
  const loaded = await loadWeights(caller, { tensors: opened.tensors, names, spec: model.spec, precision, signal });
  const { missing, drawn } = absentIn(family, model.spec, loaded);
  let parameters = loaded.parameters;
  let made: Sentence | undefined;
  const dispose = (): void => {
    disposeParameters(parameters);
    if (made !== undefined && modules !== undefined) disposeParameters(made.parameters); // else they are the model's
  };
  try {
    requireBody(caller, files.where, { missing, drawn, loaded, opened });
    requireSmallHead(caller, model.spec, drawn, opened);
    for (const each of opened.files) told.done(each.name);
    const added = initialParameters(Object.fromEntries(drawn.map((each) => [each, model.spec[each] as Spec[string]])), key);
    parameters = { ...parameters, ...added };
    const report: PretrainedReport = {
      missing: missing.filter((each) => !loaded.misshapen.has(each) && !loaded.unread.has(each)),
      unexpected: unexpectedOf(family, config, opened, names),
      misshapen: [...loaded.misshapen.keys(), ...loaded.unread.keys()],
      drawn,
      files: opened.files,
      ...(opened.conversion === undefined ? {} : { conversion: opened.conversion }),
      bytes: bytesOf(parameters),
      precision,
    };
    made =
      modules === undefined
        ? sentence && head === 'model'
          ? ownSentence(family, config, parameters)
          : undefined
        : await readSentence(caller, files, modules, { config, precision, signal });
    told.doneAll();
    warn(files.where, report);
    progress?.({ status: 'ready', name });
    return {
      ...{ family, head, config, json, model, parameters, report },
      ...(made === undefined ? {} : { sentence: made }),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** What the hub is told; what was left out is left out there. */
function hubOptions({ revision, token, endpoint, cache, offline, progress, weights }: FromPretrainedOptions): HubOptions {
  const files = ['config.json', weights ?? 'model.safetensors'];
  const given = Object.entries({ revision, token, endpoint, cache, offline, progress }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), files };
}

/** A family may be given that is not the checkpoint's. */
function requireSameFamily(family: Family, modelType: unknown): void {
  if (modelType === undefined || modelType === family.modelType) return;
  throw new ConfigError({
    caller,
    problem: 'family must be that of the checkpoint.',
    expected: `model_type ${show(family.modelType)}  (set by family)`,
    got: show(modelType),
    remedy: 'leave family out, or give that of the checkpoint.',
  });
}

/** Without what was left out: a family that lacks an option refuses its name, whatever stands there. */
const given = ({ wrapLayer, blockSize }: ModelOptions): ModelOptions => ({
  ...(wrapLayer === undefined ? {} : { wrapLayer }),
  ...(blockSize === undefined ? {} : { blockSize }),
});

/** The one place where a model's types meet those that are known at run time alone. */
const modelOf = (family: Family, head: string, config: object, options: ModelOptions): AnyPretrainedModel =>
  (family.models[head] as (config: never, options: ModelOptions) => unknown)(config as never, options) as AnyPretrainedModel;

function unexpectedOf(family: Family, config: object, { tensors }: OpenedWeights, names: ReadonlyMap<string, string>): readonly string[] {
  const tied = family.weights.tied?.(config as never) ?? {};
  return [...tensors.keys()].filter((name) => !names.has(name) && !Object.hasOwn(tied, name) && !isUnneeded(family, name));
}

const bytesOf = (parameters: Parameters): number =>
  Object.values(parameters).reduce((sum, { size, dtype }) => sum + size * (dtype === 'bool' ? 1 : 4), 0);

/** What its user should know, in one text. */
function warn(where: string, { drawn, misshapen, unexpected, conversion }: PretrainedReport): void {
  const lines = [
    ...(conversion?.revision === undefined
      ? []
      : [`weights of ${conversion.revision}: ${conversion.reason}, for here they are in torch's form.`]),
    ...(drawn.length > 0
      ? [`drawn from the key, for the checkpoint has no such weights: ${some(drawn)}. Train them before they are used.`]
      : []),
    ...(misshapen.length > 0 ? [`of another shape or dtype in the checkpoint: ${some(misshapen)}.`] : []),
    ...(unexpected.length > 0 ? [`left, for the model has no such weights: ${some(unexpected.map((name) => show(name)))}.`] : []),
  ];
  if (lines.length > 0) console.warn(`${caller}: ${where}\n  ${lines.join('\n  ')}`);
}
