import {
  dims,
  disposeState,
  type LayerState,
  readSafetensors,
  type SafetensorsTensor,
  toTensor,
  writeSafetensors,
} from '@longspan/core-tensor';
import { FileError, requireInteger, requireKind, requireKnown, show, typeName } from '@longspan/core-tensor/error';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';

/** Where an evaluation stands: all that the rest of it depends on, besides the model and the rest of the text. */
export interface StreamState {
  /** Tokens that were predicted, and so read; the one that follows them was predicted too and is the next to be read. */
  readonly predicted: number;
  /** The sum of their losses. */
  readonly nats: number;
  /** The model's state: what its layers remember of them. Belongs to whoever holds this. */
  readonly state: LayerState;
}

const format = 'longspan.stream';
const caller = 'readStream';

/**
 * Writes a state as a safetensors file. Exact: the evaluation that goes on from it gives the same bits.
 * @returns the file's bytes; write them aside and rename, so that a crash leaves the old file or the new one
 * @cost one copy of the memory, read back from the device
 * @example
 * const bytes = await writeStream({ predicted: 3, nats: 0.1, state: {} });
 * readStream(bytes); // => { predicted: 3, nats: 0.1, state: {} }
 */
export async function writeStream(stream: StreamState): Promise<Uint8Array> {
  requireStream('writeStream', stream);
  const { predicted, nats, state } = stream;
  const numbers: Record<string, number> = {};
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, value] of Object.entries(state)) {
    if (typeof value === 'number') numbers[name] = value;
    else {
      dims('writeStream', { [`state.${name}`]: [value, '...'] }); // a disposed one is said to be so
      tensors.set(name, await stored(value));
    }
  }
  const written: StoredStream = { predicted, nats, numbers, tensors: [...tensors.keys()] };
  return writeSafetensors({ tensors, metadata: { format, state: JSON.stringify(written) } });
}

async function stored(tensor: Tensor): Promise<SafetensorsTensor> {
  const { shape } = tensor;
  if (tensor.dtype === 'int32') return { dtype: 'I32', shape, values: await tensor.data<'int32'>() };
  return { dtype: 'F32', shape, values: await tensor.data<'float32'>() };
}

/**
 * Reads what writeStream wrote.
 * @throws FileError when the bytes are another file
 * @cost one copy of the memory
 * @example
 * const saved = await writeStream({ predicted: 5, nats: 2, state: { memory: zeros([1, 2, 3]) } });
 * readStream(saved).state.memory.shape; // => [1, 2, 3]
 */
export function readStream(bytes: Uint8Array | ArrayBuffer): StreamState {
  if (!isBytes(bytes)) throw noBytes(bytes);
  const { metadata, tensors } = readSafetensors(bytes);
  const stream = metadata['format'] === format ? parsed(metadata['state']) : undefined;
  if (stream === undefined) {
    throw new FileError({
      caller,
      problem: 'the file must be the state of an evaluation.',
      expected: `a safetensors file that writeStream wrote (format ${format})`,
      got: `format ${metadata['format'] ?? 'unknown'}, ${tensors.size} tensors`,
      remedy: 'give the bytes of writeStream, or start again without a state.',
    });
  }
  const { predicted, nats, numbers } = stream;
  const entries = stream.tensors.map((name) => {
    const entry = tensors.get(name);
    if (entry === undefined)
      throw new FileError({
        caller,
        problem: `the file must hold ${name}.`,
        expected: `${stream.tensors.length} tensors`,
        got: [...tensors.keys()].join(', '),
        remedy: 'give the file as writeStream wrote it.',
      });
    return [name, entry] as const;
  });
  // Within a tidy, what was made before a tensor that is refused goes with it.
  const kept = tidy(() => Object.fromEntries(entries.map(([name, entry]) => [name, toTensor(entry)])));
  return { predicted, nats, state: { ...numbers, ...kept } };
}

/** What stands beside the tensors. */
interface StoredStream {
  readonly predicted: number;
  readonly nats: number;
  readonly numbers: Readonly<Record<string, number>>;
  readonly tensors: readonly string[];
}

function parsed(text: string | undefined): StoredStream | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isStream(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isStream(value: unknown): value is StoredStream {
  if (typeof value !== 'object' || value === null) return false;
  const { predicted, nats, numbers, tensors } = value as Readonly<Record<string, unknown>>;
  const isNumber = (each: unknown): boolean => typeof each === 'number';
  if (typeof numbers !== 'object' || numbers === null || !Object.values(numbers).every(isNumber)) return false;
  return isNumber(predicted) && isNumber(nats) && Array.isArray(tensors) && tensors.every((name) => typeof name === 'string');
}

/**
 * Disposes the tensors of a state; twice does no harm.
 * @cost no tensor operations
 */
export function disposeStream(stream: StreamState): void {
  requireStream('disposeStream', stream);
  disposeState(stream.state);
}

/** Throws unless it is the state of an evaluation. */
export function requireStream(by: string, stream: StreamState, name = ''): void {
  requireKind(by, name === '' ? 'stream' : name, stream, 'record');
  const at = (field: string): string => (name === '' ? field : `${name}.${field}`);
  requireKnown(by, stream, { predicted: true, nats: 'finite', state: true });
  requireInteger(by, { [at('predicted')]: stream.predicted }, 0, { atMost: Number.MAX_SAFE_INTEGER });
  requireKind(by, at('nats'), stream.nats, 'finite');
  requireKind(by, at('state'), stream.state, 'record');
  for (const [part, value] of Object.entries(stream.state)) {
    requireKind(by, `${at('state')}.${part}`, value, typeof value === 'number' ? 'finite' : 'tensor');
  }
}

const isBytes = (bytes: unknown): boolean => ['ArrayBuffer', 'Uint8Array'].includes(typeName(bytes));

const noBytes = (bytes: unknown): FileError =>
  new FileError({
    caller,
    problem: 'the file must be given as its bytes.',
    expected: 'a Uint8Array or an ArrayBuffer',
    got: show(bytes),
    remedy: 'read it first: readStream(await readFile(path)).',
  });
