import { disposeParameters, type Parameters } from '@longspan/core-tensor';
import { FileError, inNameOf, show, stamped } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../config/read-config.ts';
import { type PoolingConfig, poolingConfig } from '../pooling/pooling-config.ts';
import { type DenseConfig, sentenceLayer } from '../pooling/sentence-layer.ts';
import type { CheckpointFiles } from '../pretrained/checkpoint-files.ts';
import { loadWeights, type Precision } from '../pretrained/load-weights.ts';
import { openWeights } from '../pretrained/open-weights.ts';
import { readOptionalRecord, readRecord } from '../pretrained/read-json.ts';
import { denseOf } from './dense-json.ts';
import { filesWithin } from './files-within.ts';
import { readLengths } from './read-lengths.ts';
import type { SentenceModules } from './read-modules.ts';
import type { Sentence } from './sentence.ts';
import { sentenceError } from './sentence-error.ts';

export interface ReadingOfSentence {
  /** The model's config. */
  readonly config: object;
  readonly precision: Precision;
  readonly signal: AbortSignal | undefined;
}

/** What the config of the repository as a whole is called: its prompts, how vectors are compared. */
export const wholeConfigName = 'config_sentence_transformers.json';

export const encoderConfigName = 'sentence_bert_config.json';

/**
 * Reads the modules after the encoder: their configs, and the weights of linear maps among them.
 * @throws ConfigError for what cannot be done here, FileError for what is missing; then no tensor is left
 */
export async function readSentence(
  caller: string,
  files: CheckpointFiles,
  modules: SentenceModules,
  reading: ReadingOfSentence,
): Promise<Sentence> {
  const { config, ...lengths } = await readLengths(caller, filesWithin(files, modules.transformer));
  const whole = await readOptionalRecord(caller, files, wholeConfigName);
  const poolingJson = await requireRecord(caller, files, modules.pooling);
  const pooling = inNameOf(caller, () => poolingConfig(poolingJson));
  const width = widthOf(caller, pooling, reading.config);
  const dense: DenseConfig[] = [];
  let features = pooling.modes.length * width;
  for (const path of modules.dense) {
    const { inFeatures, ...read } = denseOf(caller, await requireRecord(caller, files, path), path);
    requireFeatures(caller, path, features, inFeatures);
    dense.push(read);
    features = read.outFeatures;
  }
  const { modes, includePrompt } = pooling;
  const { normalize } = modules;
  const layer = inNameOf(caller, () => sentenceLayer({ width, modes, includePrompt, dense, normalize }));
  const parameters: Parameters = {};
  try {
    for (const [at, path] of modules.dense.entries())
      Object.assign(parameters, await denseWeights(caller, filesWithin(files, path), layer.spec, at, reading));
  } catch (error) {
    disposeParameters(parameters);
    throw error;
  }
  return stamped({
    pooling: { ...pooling, width },
    dense,
    normalize,
    ...lengths,
    layer,
    parameters,
    files: {
      ...(config === undefined ? {} : { [encoderConfigName]: config }),
      ...(whole === undefined ? {} : { [wholeConfigName]: whole }),
    },
  });
}

async function requireRecord(caller: string, files: CheckpointFiles, path: string): Promise<ConfigJson> {
  const found = await readRecord(caller, filesWithin(files, path), 'config.json');
  if (found !== undefined) return found;
  throw new FileError({
    caller,
    problem: 'every module of modules.json must have its config.',
    expected: `${path}/config.json in ${files.where}`,
    got: 'no such file',
    remedy: 'fetch the whole folder again, with the folders in it; { sentence: false } reads the encoder alone.',
  });
}

/** What a token's features are called in the configs of the families. */
const widthKeys = ['hiddenSize', 'dim', 'dModel'];

function widthOf(caller: string, { width }: PoolingConfig, config: object): number {
  const own: unknown = widthKeys.map((key) => Reflect.get(config, key)).find((value) => value !== undefined);
  if (typeof own === 'number' && (width ?? own) === own) return own;
  throw sentenceError(caller, {
    problem: 'the pooling must have the features of the encoder.',
    expected: `embedding_dimension ${show(own)}  (set by config.json)`,
    got: show(width),
  });
}

function requireFeatures(caller: string, path: string, expected: number, got: number): void {
  if (expected === got) return;
  throw sentenceError(caller, {
    problem: 'a dense module must take what the module before it gives.',
    expected: `in_features ${expected}`,
    got: `${got} in ${path}/config.json`,
  });
}

async function denseWeights(
  caller: string,
  files: CheckpointFiles,
  spec: Sentence['layer']['spec'],
  at: number,
  { precision, signal }: ReadingOfSentence,
): Promise<Parameters> {
  const { tensors } = await openWeights(caller, files);
  const start = `dense.${at}.`;
  const own = Object.keys(spec).filter((name) => name.startsWith(start));
  const names = new Map(own.map((name) => [`linear.${name.slice(start.length)}`, name]));
  const { parameters } = await loadWeights(caller, { tensors, names, spec, precision, signal });
  const missing = own.find((name) => !Object.hasOwn(parameters, name));
  if (missing === undefined) return parameters;
  disposeParameters(parameters);
  throw new FileError({
    caller,
    problem: 'the checkpoint must hold every weight of a dense module in its shape.',
    expected: `linear.${missing.slice(start.length)} [${spec[missing]?.shape.join(', ')}] in ${files.where}`,
    got: [...tensors]
      .map(([name, { shape }]) => `${name} [${shape.join(', ')}]`)
      .slice(0, 4)
      .join(', '),
    remedy: 'fetch the whole folder again, with the folders in it.',
  });
}
