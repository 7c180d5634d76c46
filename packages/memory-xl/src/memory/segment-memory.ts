import { dims, stopGradient } from '@longspan/core-tensor';
import { requireInteger, ShapeError } from '@longspan/core-tensor/error';
import { clone, concat, keep, slice, type Tensor, tensor3d, tidy, where, zeros, zerosLike } from '@tensorflow/tfjs-core';

/** What the layers remember of the tokens before a segment. A value: made anew by each segment, never changed. */
export interface SegmentMemory {
  /** Each layer's inputs for the last m tokens, [b, m, width]; no layers before the first segment. */
  readonly layers: readonly Tensor[];
  /** For each batch row how many of its last tokens in there it sees: fewer than m after a reset. */
  readonly lengths: readonly number[];
}

/**
 * The memory before the first segment, as in the paper: nothing.
 * @cost no tensor operations
 * @example
 * emptyMemory().layers.length; // => 0
 */
export const emptyMemory = (): SegmentMemory => ({ layers: [], lengths: [] });

export interface ZeroMemoryOptions {
  readonly layers: number;
  readonly batch: number;
  /** Tokens. */
  readonly length: number;
  readonly width: number;
}

/**
 * The memory that Hugging Face starts from: zeros that the first segment attends to, which is not the same as nothing.
 * @throws ConfigError when a size is not possible
 * @cost 4 · layers · batch · length · width bytes
 * @source TransfoXLModel.init_mems of Hugging Face transformers 4.57
 * @example
 * const memory = zeroMemory({ layers: 2, batch: 1, length: 3, width: 4 });
 * [memory.layers[1].shape, memory.lengths]; // => [[1, 3, 4], [3]]
 */
export function zeroMemory({ layers, batch, length, width }: ZeroMemoryOptions): SegmentMemory {
  requireInteger('zeroMemory', { layers, batch, width }, 1);
  requireInteger('zeroMemory', { length }, 0);
  if (length === 0) return emptyMemory();
  return {
    layers: Array.from({ length: layers }, () => zeros([batch, length, width])),
    lengths: Array.from({ length: batch }, () => length),
  };
}

/**
 * The memory after a segment: of the old one and the segment's layer inputs the last tokens, stopGradient, so that no gradient passes
 * from one segment to another. Neither is changed.
 * @shape inputs one [b, n, width] for each layer; memory.layers [b, m, width]
 * @param memoryLength tokens to remember at most; 0 gives the empty memory
 * @returns layers [b, min(memoryLength, m + n), width], less where every row was reset since
 * @throws ShapeError when the inputs do not fit the memory; ConfigError when the length is not possible
 * @cost one copy of what is remembered
 * @source Dai et al. 2019 (arXiv 1901.02860) §3.2
 * @example
 * const first = extendMemory(emptyMemory(), [tensor3d([1, 2, 3], [1, 3, 1])], 2);
 * const second = extendMemory(first, [tensor3d([4], [1, 1, 1])], 2);
 * await second.layers[0].data(); // => [3, 4]
 */
export function extendMemory(memory: SegmentMemory, inputs: readonly Tensor[], memoryLength: number): SegmentMemory {
  requireInteger('extendMemory', { memoryLength }, 0);
  const { batch, length } = checkInputs(memory, inputs);
  if (memoryLength === 0 || inputs.length === 0) return emptyMemory();
  const lengths = Array.from({ length: batch }, (_, row) => Math.min(memoryLength, (memory.lengths[row] ?? 0) + length));
  const kept = Math.max(...lengths);
  const layers = tidy(() =>
    inputs.map((input, at) => {
      const latest = stopGradient(input);
      if (kept <= length) return kept === length ? latest : slice(latest, [0, length - kept, 0], [batch, kept, -1]);
      const old = memory.layers[at] as Tensor;
      const fromOld = kept - length;
      return concat([slice(old, [0, (old.shape[1] as number) - fromOld, 0], [batch, fromOld, -1]), latest], 1);
    }),
  );
  return { layers, lengths };
}

export interface ResetOptions {
  /** What the rows start again from: nothing, or Hugging Face's zeros that are attended to; 'empty' when absent. */
  readonly start?: 'empty' | 'zeros';
}

/**
 * Lets some batch rows start again (where a new document begins) while the others go on. The argument stays as it is.
 * @param rows indices of the batch rows to reset
 * @throws ShapeError when there is no such row
 * @cost one copy of the memory
 * @example
 * const memory = resetRows(zeroMemory({ layers: 1, batch: 2, length: 3, width: 4 }), [1]);
 * memory.lengths; // => [3, 0]
 */
export function resetRows(memory: SegmentMemory, rows: readonly number[], { start = 'empty' }: ResetOptions = {}): SegmentMemory {
  if (memory.layers.length === 0) return emptyMemory();
  const batch = memory.lengths.length;
  const wrong = rows.find((row) => !Number.isInteger(row) || row < 0 || row >= batch);
  if (wrong !== undefined) {
    throw new ShapeError({
      caller: 'resetRows',
      problem: 'there is no such batch row.',
      expected: `integers of 0 … ${batch - 1}`,
      got: String(wrong),
      remedy: 'name the rows of the batch that begin a new document.',
    });
  }
  const isReset = memory.lengths.map((_, row) => rows.includes(row));
  const whole = memory.layers[0]?.shape[1] ?? 0;
  const lengths = memory.lengths.map((length, row) => (isReset[row] ? (start === 'zeros' ? whole : 0) : length));
  if (lengths.every((length) => length === 0)) return emptyMemory();
  const layers = tidy(() => {
    const cleared = tensor3d(isReset.map(Number), [batch, 1, 1], 'bool');
    // Chosen and not multiplied: what a row has forgotten must not come back as NaN.
    return memory.layers.map((layer) => (rows.length === 0 ? clone(layer) : where(cleared, zerosLike(layer), layer)));
  });
  return { layers, lengths };
}

/**
 * Protects a memory from the tidy around it, as tfjs's `keep` does a tensor: a loss function that is differentiated can hand out
 * nothing else. Dispose it once the next segment has read it.
 * @returns the same memory
 * @cost no tensor operations
 */
export function keepMemory(memory: SegmentMemory): SegmentMemory {
  for (const layer of memory.layers) keep(layer);
  return memory;
}

/**
 * Disposes all tensors of a memory; twice does no harm.
 * @cost no tensor operations
 */
export function disposeMemory(memory: SegmentMemory): void {
  for (const layer of memory.layers) layer.dispose();
}

function checkInputs(memory: SegmentMemory, inputs: readonly Tensor[]): { readonly batch: number; readonly length: number } {
  if (memory.layers.length !== 0 && memory.layers.length !== inputs.length) {
    throw new ShapeError({
      caller: 'extendMemory',
      problem: 'the memory is of another number of layers.',
      expected: `${memory.layers.length} inputs, one for each layer of the memory`,
      got: `${inputs.length}`,
      remedy: 'give the memory that the same layers returned, or emptyMemory().',
    });
  }
  inputs.forEach((input, at) => {
    dims('extendMemory', { input: [inputs[0], 'b n width'], next: [input, 'b n width'], memory: [memory.layers[at], 'b m width'] });
  });
  return { batch: inputs[0]?.shape[0] ?? 0, length: inputs[0]?.shape[1] ?? 0 };
}
