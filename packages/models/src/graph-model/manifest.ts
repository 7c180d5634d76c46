import { FileError, isRecord, type Reason, show } from '@longspan/core-tensor/error';

/** One weight of a graph model of tfjs, as weightsManifest says it. */
export interface ManifestWeight {
  readonly name: string;
  readonly dtype: GraphDtype;
  readonly shape: readonly number[];
  readonly quantization: Quantization | undefined;
}

/** The values of a weight: number · scale + min, or the float16 itself. */
export type Quantization =
  | { readonly dtype: 'uint8' | 'uint16'; readonly scale: number; readonly min: number }
  | { readonly dtype: 'float16' };

const graphDtypes = ['float32', 'int32', 'bool', 'string', 'complex64'] as const;
type GraphDtype = (typeof graphDtypes)[number];

/** Weights one after the other, in the bytes of all files together. */
export interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly ManifestWeight[];
}

/** The most weights and files that a model may have: a number in it must not cost more than the file itself. */
const most = 100_000;

export const graphError = (caller: string, reason: Omit<Reason, 'remedy'> & { readonly remedy?: string }): FileError =>
  new FileError({ caller, remedy: 'fetch model.json and all of its files again; it must be a graph model of tfjs.', ...reason });

/** Reads the weightsManifest of a model.json. */
export function manifestOf(caller: string, json: Readonly<Record<string, unknown>>): readonly ManifestGroup[] {
  const { weightsManifest: groups, format } = json;
  if (format === 'layers-model') {
    throw graphError(caller, {
      problem: 'model.json must be a graph model.',
      expected: 'format: "graph-model", or none',
      got: show(format),
      remedy: 'load a layers model with tf.loadLayersModel of @tensorflow/tfjs-layers.',
    });
  }
  if (!Array.isArray(groups) || groups.length === 0 || groups.length > most) throw noManifest(caller, groups);
  return groups.map((group: unknown) => {
    const { paths, weights } = isRecord(group) ? group : {};
    if (!Array.isArray(paths) || !Array.isArray(weights) || weights.length > most || paths.length > most) throw noManifest(caller, group);
    const wrong = paths.find((path) => !isFileName(path));
    if (wrong === undefined) return { paths, weights: weights.map((weight) => weightOf(caller, weight)) };
    throw graphError(caller, {
      problem: 'the files of the weights must lie beside model.json.',
      expected: 'names of files: group1-shard1of7',
      got: show(wrong),
    });
  });
}

const noManifest = (caller: string, got: unknown): FileError =>
  graphError(caller, {
    problem: 'model.json must say where its weights are.',
    expected: 'weightsManifest: [{ paths, weights }, …]',
    got: show(got),
  });

/** A name that is a path could lead anywhere. */
const isFileName = (path: unknown): path is string => typeof path === 'string' && /^[^/\\:\p{Cc}]+$/u.test(path) && !path.startsWith('.');

function weightOf(caller: string, weight: unknown): ManifestWeight {
  const { name, dtype, shape, quantization } = isRecord(weight) ? weight : {};
  const known = graphDtypes.find((each) => each === dtype);
  const isShape =
    Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0) && Number.isSafeInteger(product(shape));
  const read = quantization === undefined ? undefined : quantizationOf(quantization);
  const isQuantized =
    quantization === undefined || (read !== undefined && (known === 'float32' || (known === 'int32' && read.dtype !== 'float16')));
  if (typeof name === 'string' && known !== undefined && isShape && isQuantized) return { name, dtype: known, shape, quantization: read };
  throw graphError(caller, {
    problem: 'every weight of the manifest must be one that is known.',
    expected: `{ name, shape, dtype: ${graphDtypes.join(', ')} }, quantised to uint8, uint16 or float16 or not at all`,
    got: show(weight),
  });
}

function quantizationOf(value: unknown): Quantization | undefined {
  const { dtype, scale, min } = isRecord(value) ? value : {};
  if (dtype === 'float16') return { dtype };
  const isScaled = typeof scale === 'number' && typeof min === 'number' && Number.isFinite(scale) && Number.isFinite(min);
  return (dtype === 'uint8' || dtype === 'uint16') && isScaled ? { dtype, scale, min } : undefined;
}

export const product = (shape: readonly number[]): number => shape.reduce((found, size) => found * size, 1);
