import { compareParameters, type Spec } from '@longspan/core-tensor';
import { ConfigError, inNameOf, requireGiven, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { sinkAtPath } from '#files';
import { requireSentence } from '../sentence/require-sentence.ts';
import type { Sentence } from '../sentence/sentence.ts';
import { sentenceFiles } from '../sentence/sentence-files.ts';
import type { LongModel } from '../to-long/index.ts';
import type { CheckpointSink, WrittenFile } from './checkpoint-files.ts';
import { configJson } from './config-json.ts';
import { type Family, requireFamily } from './family.ts';
import { filesWith, sinkOfHandle } from './given-files.ts';
import type { Pretrained, SavedModel } from './pretrained.ts';
import { requireSignal } from './require-signal.ts';
import { writeError } from './write-error.ts';
import { isPacked, jsonFile, type Writing, weightsFile } from './written-files.ts';

export interface SavePretrainedOptions {
  /** How all numbers are written; float32 by default. Packed weights are widened, so that every library can read them. */
  readonly precision?: 'float32' | 'float16' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface SavedFiles {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly precision: 'float32' | 'float16';
  /** Names of weights that were packed and are written as floating-point numbers: in int8 they were rounded when they were packed. */
  readonly unpacked: readonly string[];
}

/**
 * Writes a model as transformers and `fromPretrained` open it: config.json with the keys of Hugging Face, all that it came with kept, and
 * model.safetensors, one weight after the other; for a model with `sentence` also what sentence-transformers reads (modules.json and the
 * folders of its modules). In Node they are written aside and then renamed.
 * @param to the path of a folder, in Node; a folder that the page's user chose; or a sink
 * @throws ConfigError for parameters that are not the model's; FileError where the place takes no files: a file stands there, rights are
 *   missing, the disk is full; what a sink of your own throws
 * @cost reads the parameters once; one weight at a time on the host
 * @source `PreTrainedModel.save_pretrained` of Hugging Face transformers 4.57
 * @example
 * const config = bertConfig({ vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 });
 * const model = { family: bert, head: 'model', config, parameters: bertModel(config).init(createKey(0)) };
 * const sink = { where: 'nowhere', write: async (files) => {} };
 * (await savePretrained(model, sink)).files.map(({ name }) => name); // => ['model.safetensors', 'config.json']
 */
export async function savePretrained(
  model: SavedModel,
  to: string | FileSystemDirectoryHandle | CheckpointSink,
  options: SavePretrainedOptions = {},
): Promise<SavedFiles> {
  const sink = sinkOf('savePretrained', to);
  const { files, report } = written('savePretrained', model, options);
  try {
    await sink.write(files);
  } catch (error) {
    const size = files.reduce((sum, one) => sum + one.size, 0);
    throw writeError({ caller: 'savePretrained', what: 'model', where: sink.where, size }, error);
  }
  return report;
}

/**
 * The same as files in memory: for a page's download, or for `fromPretrained`.
 * @returns config.json and model.safetensors; the modules of `sentence` under names with their folders
 * @throws ConfigError for parameters that are not the model's
 * @cost reads the parameters once; their bytes
 * @example
 * const config = bertConfig({ vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 });
 * const files = await pretrainedFiles({ family: bert, head: 'model', config, parameters: bertModel(config).init(createKey(0)) });
 * JSON.parse(await files.find(({ name }) => name === 'config.json').text()).architectures; // => ['BertModel']
 */
export async function pretrainedFiles(model: SavedModel, options: SavePretrainedOptions = {}): Promise<readonly File[]> {
  return filesWith(written('pretrainedFiles', model, options).files);
}

function sinkOf(caller: string, to: string | FileSystemDirectoryHandle | CheckpointSink): CheckpointSink {
  if (typeof to === 'string' && to !== '') return sinkAtPath(caller, to);
  if (typeof to === 'object' && to !== null) {
    if ('write' in to && typeof to.write === 'function') return to;
    if ('getFileHandle' in to && typeof to.getFileHandle === 'function') return sinkOfHandle(to);
  }
  throw new ConfigError({
    caller,
    problem: 'to must say where the files go.',
    expected: 'the path of a folder, a FileSystemDirectoryHandle, or { where, write(files) }',
    got: show(to),
    remedy: 'give one of these, or take the files of pretrainedFiles(model).',
  });
}

function written(
  caller: string,
  model: SavedModel,
  options: SavePretrainedOptions,
): { readonly files: readonly WrittenFile[]; readonly report: SavedFiles } {
  const { family, config, head, parameters, json = {} } = requireModel(caller, model);
  requireKnown(caller, options, { precision: true, signal: true });
  const { precision = 'float32', signal } = options;
  if (precision !== 'float32' && precision !== 'float16') throw unknownPrecision(caller, precision);
  requireSignal(caller, signal);
  const { spec } = inNameOf(caller, () => (family.models[head] as (config: never) => { readonly spec: Spec })(config as never));
  requireFitting(caller, spec, parameters);
  const writing = { caller, precision, signal };
  const made = inNameOf(caller, () => configJson(family, { config, json, head, dtype: precision }));
  // The config comes last: where it stands, the weights do.
  const files: readonly WrittenFile[] = [
    weightsFile('model.safetensors', { spec, parameters }, writing),
    // A family's own pooler is among the weights.
    ...(model.sentence === undefined || family.pooler !== undefined ? [] : filesOfSentence(model.sentence, writing)),
    jsonFile('config.json', made),
  ];
  return {
    files,
    report: {
      files: files.map(({ name, size }) => ({ name, bytes: size })),
      precision,
      unpacked: Object.keys(spec).filter((name) => isPacked(spec, parameters, name)),
    },
  };
}

/** What says how vectors are made, in the layout of sentence-transformers. */
function filesOfSentence(sentence: Sentence, writing: Writing): readonly WrittenFile[] {
  const { json, dense } = sentenceFiles(sentence);
  requireFitting(writing.caller, sentence.layer.spec, sentence.parameters);
  return [
    ...dense.map(({ path, spec, names }) =>
      weightsFile(`${path}/model.safetensors`, { spec, parameters: sentence.parameters, nameOf: (name) => names[name] as string }, writing),
    ),
    ...Object.entries(json).map(([name, content]) => jsonFile(name, content)),
  ];
}

const savedNames = ['family', 'head', 'config', 'parameters', 'json', 'sentence'] as const satisfies readonly (keyof SavedModel)[];

/** What `fromPretrained` and `toLong` give besides, so that either can be given as it is. */
const besides = ['model', 'report', 'positions', 'dispose'] as const satisfies readonly (keyof Pretrained | keyof LongModel)[];

function requireModel(caller: string, model: SavedModel): SavedModel {
  requireKnown(caller, model, [...savedNames, ...besides]);
  for (const field of ['family', 'head', 'config', 'parameters'] as const)
    requireGiven(caller, `model.${field}`, model[field], 'what fromPretrained gives, or { family, head, config, parameters }');
  const { family, head } = model as { readonly family: Family; readonly head: string };
  requireFamily(caller, family);
  requireKind(caller, 'model.config', model.config, 'record');
  requireKind(caller, 'model.parameters', model.parameters, 'record');
  if (model.json !== undefined) requireKind(caller, 'model.json', model.json, 'record');
  if (model.sentence !== undefined) requireSentence(caller, model.sentence);
  if (typeof head === 'string' && Object.hasOwn(family.models, head)) return model;
  throw new ConfigError({
    caller,
    problem: 'head must be one of those of the family.',
    expected: Object.keys(family.models).join(', '),
    got: show(head),
    remedy: "give the name of the model: 'model' is the body.",
  });
}

function requireFitting(caller: string, spec: Spec, parameters: SavedModel['parameters']): void {
  const { missing, unexpected, misshapen } = inNameOf(caller, () => compareParameters({ spec }, parameters));
  const isNumbers = (name: string): boolean => parameters[name]?.dtype === 'float32' || spec[name]?.packable === true;
  const other = Object.keys(spec).filter((name) => Object.hasOwn(parameters, name) && !isNumbers(name));
  if (missing.length + unexpected.length + misshapen.length + other.length === 0) return;
  const some = (what: string, names: readonly string[]): readonly string[] =>
    names.length === 0 ? [] : [`${what}: ${names.slice(0, 4).join(', ')}${names.length > 4 ? `, … (${names.length})` : ''}`];
  throw new ConfigError({
    caller,
    problem: 'parameters must be those of the model, and no others.',
    expected: `${Object.keys(spec).length} parameters of the model`,
    got: [
      ...some('missing', missing),
      ...some('of another shape', misshapen),
      ...some('no float32', other),
      ...some('unknown', unexpected),
    ].join('; '),
    remedy: 'give the head that they belong to; what was trained beside them (LoRA) goes into them first, or into a file of its own.',
  });
}

const unknownPrecision = (caller: string, got: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: "precision must be 'float32' or 'float16'.",
    expected: "'float32', 'float16'",
    got: show(got),
    remedy: "leave it out for float32; int8 is made of either while a checkpoint is read: fromPretrained(folder, { precision: 'int8' }).",
  });
