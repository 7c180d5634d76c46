import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { ConfigError, requireKind, requireKnown } from '../error/index.ts';
import { readSafetensors, type SafetensorsTensor, toTensor, writeSafetensors } from '../safetensors/index.ts';
import { requireBytes } from '../safetensors/read.ts';
import { differences, isRead, specOf } from './check-parameters.ts';
import { requireParameters } from './parameter-record.ts';
import type { Parameters } from './parameters.ts';
import type { Spec } from './spec.ts';

/**
 * Makes the bytes of a safetensors file of parameters, as Hugging Face and PyTorch read them. Write them aside and then rename the
 * file, so that a crash leaves the old file or the new one.
 * @param options.metadata strings that go into the file's header
 * @throws FileError when a name cannot be written
 * @cost one copy of all numbers
 * @example
 * const bytes = await saveParameters({ weight: tensor1d([1, 2]) });
 * await loadParameters(bytes).weight.data(); // => [1, 2]
 */
export async function saveParameters(
  parameters: Parameters,
  options: { readonly metadata?: Readonly<Record<string, string>> | undefined } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  requireParameters('saveParameters', parameters);
  requireKnown('saveParameters', options, { metadata: 'record' });
  const { metadata = {} } = options;
  for (const [name, value] of Object.entries(metadata)) requireKind('saveParameters', `metadata.${name}`, value, 'text');
  const entries = await Promise.all(Object.entries(parameters).map(async ([name, tensor]) => [name, await stored(name, tensor)] as const));
  return writeSafetensors({ tensors: new Map(entries), metadata });
}

async function stored(name: string, tensor: Tensor): Promise<SafetensorsTensor> {
  const { shape, dtype } = tensor;
  if (dtype === 'float32') return { dtype: 'F32', shape, values: (await tensor.data<'float32'>()) as Float32Array };
  if (dtype === 'int32') return { dtype: 'I32', shape, values: (await tensor.data<'int32'>()) as Int32Array };
  if (dtype === 'bool') return { dtype: 'BOOL', shape, values: (await tensor.data<'bool'>()) as Uint8Array };
  throw new ConfigError({
    caller: 'saveParameters',
    problem: 'parameters must be float32, int32 or bool.',
    expected: 'float32, int32 or bool',
    got: `${dtype} (${name})`,
    remedy: 'cast the tensor, or leave it out.',
  });
}

export interface LoadParametersOptions {
  /** Reads only what stands below this prefix, under the rest of its names. */
  readonly prefix?: string | undefined;
  /** The layer that they are for: a name that it lacks, or a shape that is not its own, is an error, and what it does not read is left. */
  readonly layer?: { readonly name: string; readonly spec: Spec } | undefined;
}

/**
 * Reads parameters from the bytes of a safetensors file.
 * @returns new tensors, which belong to the caller; float32 of F32, F16 and BF16
 * @throws FileError when the bytes are not a safetensors file; ConfigError that lists what `layer` misses
 * @cost one copy of all numbers
 * @example
 * const bytes = await saveParameters({ 'encoder.weight': tensor1d([1, 2]), 'encoder.bias': tensor1d([3]), other: tensor1d([4]) });
 * Object.keys(loadParameters(bytes, { prefix: 'encoder' })).sort(); // => ['bias', 'weight']
 */
export function loadParameters(bytes: Uint8Array | ArrayBuffer, options: LoadParametersOptions = {}): Record<string, Tensor> {
  requireBytes('loadParameters', bytes);
  requireKnown('loadParameters', options, { prefix: 'text', layer: 'record' });
  const { prefix = '', layer } = options;
  const start = prefix === '' ? '' : `${prefix}.`;
  const entries = [...readSafetensors(bytes).tensors].flatMap(([name, entry]) =>
    name.startsWith(start) ? [[name.slice(start.length), entry] as const] : [],
  );
  const stored = Object.fromEntries(
    entries.map(([name, { shape, dtype }]) => [name, { shape: [...shape], dtype: dtype === 'I32' ? 'int32' : 'float32' } as const]),
  );
  if (layer !== undefined) {
    const { missing, misshapen } = differences(specOf('loadParameters', layer), stored);
    if (missing.length + misshapen.length > 0) throw unfit(layer.name, missing, misshapen, entries.length);
  }
  const wanted = entries.filter(([name]) => layer === undefined || isRead(layer.spec, stored, name));
  // Within a tidy, what was made before a tensor that is refused goes with it.
  return tidy(() => Object.fromEntries(wanted.map(([name, entry]) => [name, toTensor(entry)])));
}

function unfit(layer: string, missing: readonly string[], misshapen: readonly string[], count: number): ConfigError {
  const some = (names: readonly string[]): string => `${names.slice(0, 5).join(', ')}${names.length > 5 ? `, … (${names.length})` : ''}`;
  return new ConfigError({
    caller: 'loadParameters',
    problem: `the file must hold every parameter of ${layer} in its shape.`,
    expected: [
      ...(missing.length > 0 ? [`missing: ${some(missing)}`] : []),
      ...(misshapen.length > 0 ? [`of another shape: ${some(misshapen)}`] : []),
    ].join('; '),
    got: `${count} tensors`,
    remedy: 'give the prefix below which they stand, or make the layer with the sizes of the file.',
  });
}
