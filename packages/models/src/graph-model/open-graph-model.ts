import type { ByteSource } from '@longspan/core-tensor';
import type { CheckpointFiles } from '../pretrained/checkpoint-files.ts';
import type { WeightFile } from '../pretrained/open-weights.ts';
import { type JoinedFiles, joinedFiles } from './joined-files.ts';
import { graphError, type ManifestWeight, manifestOf, product } from './manifest.ts';
import { numbersOf, storedBytes } from './numbers-of.ts';

/** One weight or constant of a graph, still unread. */
export interface GraphTensor {
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly shape: readonly number[];
  /** Its numbers, those of quantised weights as what they stand for. */
  read(): Promise<Float32Array>;
}

export interface OpenedGraph {
  /** By name. Texts and complex numbers, which no weight is made of, are left out. */
  readonly tensors: ReadonlyMap<string, GraphTensor>;
  /** The files of the weights. */
  readonly files: readonly WeightFile[];
}

/**
 * Opens the weights of a graph model of tfjs as data: model.json names them and their files. The graph itself is not run.
 * @param json the content of model.json
 * @throws FileError for a manifest that is none, and for a file that is missing or of another length
 * @cost opens every file; then one read for each tensor that is read, of its bytes alone
 * @source `io.decodeWeights` and `weightsManifest` of tfjs 4.22
 */
export async function openGraphModel(
  caller: string,
  json: Readonly<Record<string, unknown>>,
  files: CheckpointFiles,
): Promise<OpenedGraph> {
  const tensors = new Map<string, GraphTensor>();
  const opened: WeightFile[] = [];
  for (const { paths, weights } of manifestOf(caller, json)) {
    const sources = [];
    for (const name of paths) {
      const source = await requireFile(caller, files, name);
      opened.push({ name, bytes: source.size });
      sources.push({ name, source });
    }
    await placeWeights(caller, weights, joinedFiles(caller, sources), tensors);
  }
  return { tensors, files: opened };
}

async function requireFile(caller: string, files: CheckpointFiles, name: string): Promise<ByteSource> {
  const source = await files.open(name);
  if (source !== undefined) return source;
  throw graphError(caller, {
    problem: 'every file that model.json names must be there.',
    expected: `${name} in ${files.where}`,
    got: 'no such file',
  });
}

/** One weight lies behind the other, in the order of the manifest. */
async function placeWeights(
  caller: string,
  weights: readonly ManifestWeight[],
  bytes: JoinedFiles,
  tensors: Map<string, GraphTensor>,
): Promise<void> {
  let end = 0;
  for (const weight of weights) {
    const begin = end;
    end += weight.dtype === 'string' ? await textBytes(weight, bytes, begin) : product(weight.shape) * storedBytes(weight);
    if (end > bytes.size) break;
    const { name, dtype, shape } = weight;
    if (tensors.has(name))
      throw graphError(caller, { problem: 'the names of weights must be unique.', expected: 'each name once', got: name });
    if (dtype === 'string' || dtype === 'complex64') continue;
    const until = end;
    tensors.set(name, { dtype, shape, read: async () => numbersOf(weight, await bytes.read(begin, until)) });
  }
  if (end === bytes.size) return;
  throw graphError(caller, {
    problem: 'the files of the weights must be as long as the weights.',
    expected: `${end} bytes, of ${weights.length} weights`,
    got: `${bytes.size} bytes`,
  });
}

/** Texts stand each behind its length. */
async function textBytes({ shape }: ManifestWeight, bytes: JoinedFiles, begin: number): Promise<number> {
  let at = begin;
  for (let left = product(shape); left > 0; left--) {
    if (at + 4 > bytes.size) return bytes.size + 1 - begin;
    const { buffer } = await bytes.read(at, at + 4);
    at += 4 + new DataView(buffer).getUint32(0, true);
  }
  return at - begin;
}
