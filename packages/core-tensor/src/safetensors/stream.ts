import { inNameOf, requireKind } from '../error/index.ts';
import { arranged, bytesOfTensor, checkDescribed, checkValues, contentOf, type SafetensorsTensor } from './write.ts';

/** A tensor whose values are made when their turn comes. */
export type LaterTensor = {
  readonly [Each in SafetensorsTensor as Each['dtype']]: {
    readonly dtype: Each['dtype'];
    readonly shape: readonly number[];
    readonly values: () => Each['values'] | Promise<Each['values']>;
  };
}[SafetensorsTensor['dtype']];

export interface StreamedSafetensors {
  /** Bytes of the whole file. */
  readonly size: number;
  /** The file's bytes in turn: its header, then tensor by tensor. To be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

const caller = 'streamSafetensors';

/**
 * Makes the bytes of a safetensors file one tensor at a time, for a file that is larger than what there is of memory: those of
 * `writeSafetensors`. Each tensor is asked for its values once, when its turn comes.
 * @throws FileError when a name, a dtype, a shape or the metadata cannot be written; from `chunks` when values do not fit their shape
 * @cost the header; then one tensor's values at a time, and a copy of those that are converted
 * @source github.com/huggingface/safetensors, safetensors/src/tensor.rs (`serialize_to_file`)
 * @example
 * const tensors = { w: { dtype: 'F32', shape: [2, 1], values: () => new Float32Array([1, 2]) } };
 * const { size, chunks } = streamSafetensors({ tensors });
 * const parts = [];
 * for await (const part of chunks) parts.push(part.length);
 * [size, parts]; // => [72, [64, 8]]
 */
export function streamSafetensors(content: {
  readonly tensors: Readonly<Record<string, LaterTensor>> | ReadonlyMap<string, LaterTensor>;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}): StreamedSafetensors {
  const { named, metadata } = inNameOf(caller, () => contentOf(caller, content));
  for (const [name, tensor] of named) {
    inNameOf(caller, () => checkDescribed(name, tensor));
    requireKind(caller, `${name}.values`, tensor.values, 'function');
  }
  const { header, size, ordered } = inNameOf(caller, () => arranged(named, metadata));
  return { size, chunks: chunksOf(header, ordered) };
}

async function* chunksOf(header: Uint8Array, tensors: readonly (readonly [string, LaterTensor])[]): AsyncIterable<Uint8Array> {
  yield header;
  for (const [name, { dtype, shape, values }] of tensors) {
    const tensor = { dtype, shape, values: await values() } as SafetensorsTensor; // the values are held against the dtype below
    inNameOf(caller, () => checkValues(name, tensor));
    yield bytesOfTensor(tensor);
  }
}
