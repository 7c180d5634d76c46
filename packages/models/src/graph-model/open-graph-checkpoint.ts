import type { ConfigJson } from '../config/read-config.ts';
import type { CheckpointFiles } from '../pretrained/checkpoint-files.ts';
import type { Family } from '../pretrained/family.ts';
import type { OpenedWeights } from '../pretrained/open-weights.ts';
import { openVirtual } from '../pretrained/virtual-safetensors.ts';
import { graphError } from './manifest.ts';
import { openGraphModel } from './open-graph-model.ts';

/** Families that people have as graph models. Each is fetched when a model.json asks for it. */
const families: readonly (() => Promise<Family>)[] = [
  async () => (await import('../family/universal-sentence-encoder/index.ts')).universalSentenceEncoder,
];

export interface GraphCheckpoint {
  /** What config.json would say. */
  readonly json: ConfigJson;
  readonly opened: OpenedWeights;
}

/**
 * Opens a graph model of tfjs as a checkpoint: its family is found by the names of its weights.
 * @param found the content of model.json
 * @param given the family, where it is known
 */
export async function openGraphCheckpoint(
  caller: string,
  found: ConfigJson,
  files: CheckpointFiles,
  given: Family | undefined,
): Promise<GraphCheckpoint> {
  const { tensors, files: opened } = await openGraphModel(caller, found, files);
  for (const load of given === undefined ? families : [async () => given]) {
    const weights = await (await load()).graph?.(tensors);
    if (weights === undefined) continue;
    return { json: weights.json, opened: { tensors: (await openVirtual(weights.tensors)).tensors, files: opened } };
  }
  throw graphError(caller, {
    problem: 'model.json must be of a family that is read from a graph model.',
    expected: 'Universal Sentence Encoder lite',
    got: `${tensors.size} weights: ${[...tensors.keys()].slice(0, 2).join(', ')}, …`,
    remedy: 'give a checkpoint with config.json and model.safetensors; graphs themselves are not run here.',
  });
}
