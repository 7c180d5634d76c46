import { ConfigError, FileError, isRecord, show } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../config/read-config.ts';
import { filesWithin } from '../sentence/files-within.ts';
import { readModules, type SentenceModules } from '../sentence/read-modules.ts';
import type { CheckpointFiles } from './checkpoint-files.ts';
import type { Family } from './family.ts';
import { type OpenedWeights, openWeights } from './open-weights.ts';
import type { Told } from './progress.ts';
import { readOptionalRecord, readRecord } from './read-json.ts';

/** A checkpoint whose form is known. */
export interface OpenedCheckpoint {
  /** Its config.json, or what that would say. */
  readonly json: ConfigJson;
  /** What modules.json says, where the repository is one of sentence-transformers. */
  readonly modules: SentenceModules | undefined;
  openWeights(): Promise<OpenedWeights>;
}

export interface Wanted {
  readonly family: Family | undefined;
  readonly weights: string | undefined;
  /** Whether modules.json is looked for. */
  readonly sentence: boolean;
  readonly told: Told;
}

/**
 * Finds out what lies there: the folder of transformers with its config.json, or one that modules.json of sentence-transformers names; and
 * only where there is none, a graph model of tfjs with its model.json.
 */
export async function openCheckpoint(caller: string, files: CheckpointFiles, wanted: Wanted): Promise<OpenedCheckpoint> {
  const modules = wanted.sentence ? await readModules(caller, files) : undefined;
  const inner = filesWithin(files, modules?.transformer ?? '');
  const found = await readOptionalRecord(caller, inner, 'config.json');
  if (found !== undefined) {
    wanted.told.done('config.json');
    requirePlain(caller, found);
    return { json: found, modules, openWeights: () => openWeights(caller, inner, wanted.weights) };
  }
  const graph = modules === undefined ? await readOptionalRecord(caller, files, 'model.json') : undefined;
  if (graph === undefined) {
    await readRecord(caller, inner, 'config.json'); // a page in its place is told as one
    throw withoutConfig(caller, inner.where);
  }
  wanted.told.done('model.json');
  const { openGraphCheckpoint } = await import('../graph-model/open-graph-checkpoint.ts');
  const { json, opened } = await openGraphCheckpoint(caller, graph, files, wanted.family);
  return { json, modules, openWeights: async () => opened };
}

const withoutConfig = (caller: string, where: string): FileError =>
  new FileError({
    caller,
    problem: 'the checkpoint must have config.json.',
    expected: `config.json in ${where}; or model.json, a graph model of tfjs`,
    got: 'no such file',
    remedy: 'give the folder that holds config.json and model.safetensors, as save_pretrained of transformers writes it.',
  });

/** Numbers that another library has quantised mean nothing without its scales. */
function requirePlain(caller: string, json: ConfigJson): void {
  const quantised = json['quantization_config'];
  if (quantised === undefined || quantised === null) return;
  throw new ConfigError({
    caller,
    problem: 'the weights must be plain numbers.',
    expected: 'a checkpoint in float32, bfloat16 or float16: no quantization_config in config.json',
    got: isRecord(quantised) ? show(quantised['quant_method'] ?? quantised) : show(quantised),
    remedy:
      "take the checkpoint that it was made of, and give { precision: 'int8' }; in Python: model.dequantize().save_pretrained(folder).",
  });
}
