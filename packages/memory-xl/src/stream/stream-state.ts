import { readSafetensors, toTensor, writeSafetensors } from '@longspan/core-tensor';
import { FileError } from '@longspan/core-tensor/error';
import { disposeMemory, type SegmentMemory } from '../memory/segment-memory.ts';

/** Where an evaluation stands: all that the rest of it depends on, besides the model and the rest of the text. */
export interface StreamState {
  /** Tokens that were predicted, and so read; the one that follows them was predicted too and is the next to be read. */
  readonly predicted: number;
  /** The sum of their losses. */
  readonly nats: number;
  /** What the layers remember of them. Belongs to whoever holds the state. */
  readonly memory: SegmentMemory;
}

const format = 'longspan.stream';
const caller = 'readStream';

/**
 * Writes a state as a safetensors file. Exact: the evaluation that goes on from it gives the same bits.
 * @returns the file's bytes; write them aside and rename, so that a crash leaves the old file or the new one
 * @cost one copy of the memory, read back from the device
 * @example
 * const bytes = await writeStream({ predicted: 3, nats: 0.1, memory: emptyMemory() });
 * readStream(bytes); // => { predicted: 3, nats: 0.1, memory: { layers: [], lengths: [] } }
 */
export async function writeStream({ predicted, nats, memory }: StreamState): Promise<Uint8Array> {
  const layers = await Promise.all(memory.layers.map((layer) => layer.data<'float32'>()));
  const tensors = layers.map((values, at) => {
    const shape = (memory.layers[at] as { readonly shape: readonly number[] }).shape;
    return [`layers.${at}`, { dtype: 'F32' as const, shape, values }] as const;
  });
  const state = JSON.stringify({ predicted, nats, layers: tensors.length, lengths: memory.lengths });
  return writeSafetensors({ tensors: new Map(tensors), metadata: { format, state } });
}

/**
 * Reads what writeStream wrote.
 * @throws FileError when the bytes are no such file
 * @cost one copy of the memory
 * @example
 * const saved = await writeStream({ predicted: 5, nats: 2, memory: zeroMemory({ layers: 1, batch: 1, length: 2, width: 3 }) });
 * readStream(saved).memory.layers[0].shape; // => [1, 2, 3]
 */
export function readStream(bytes: Uint8Array | ArrayBuffer): StreamState {
  const { metadata, tensors } = readSafetensors(bytes);
  const stored = metadata['format'] === format ? parsed(metadata['state']) : undefined;
  if (stored === undefined || tensors.size !== stored.layers) {
    throw new FileError({
      caller,
      problem: 'this is not the state of an evaluation.',
      expected: `a safetensors file that writeStream wrote (format ${format})`,
      got: `format ${metadata['format'] ?? 'unknown'}, ${tensors.size} tensors`,
      remedy: 'give the bytes of writeStream, or start again without a state.',
    });
  }
  const { predicted, nats, lengths } = stored;
  const layers = Array.from({ length: stored.layers }, (_, at) => {
    const entry = tensors.get(`layers.${at}`);
    if (entry === undefined)
      throw new FileError({
        caller,
        problem: `layers.${at} is missing.`,
        expected: `${stored.layers} layers`,
        got: [...tensors.keys()].join(', '),
        remedy: 'give the file as writeStream wrote it.',
      });
    return entry;
  });
  return { predicted, nats, memory: { layers: layers.map(toTensor), lengths } };
}

interface StoredState {
  readonly predicted: number;
  readonly nats: number;
  readonly layers: number;
  readonly lengths: readonly number[];
}

function parsed(text: string | undefined): StoredState | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isState(value: unknown): value is StoredState {
  if (typeof value !== 'object' || value === null) return false;
  const { predicted, nats, layers, lengths } = value as Readonly<Record<string, unknown>>;
  const isNumber = (each: unknown): boolean => typeof each === 'number';
  return [predicted, nats, layers].every(isNumber) && Array.isArray(lengths) && lengths.every(isNumber);
}

/**
 * Disposes the tensors of a state; twice does no harm.
 * @cost no tensor operations
 */
export function disposeStream({ memory }: StreamState): void {
  disposeMemory(memory);
}
