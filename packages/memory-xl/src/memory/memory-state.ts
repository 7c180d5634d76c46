import { dims, type LayerState, type Lens, stopGradient } from '@longspan/core-tensor';
import {
  ConfigError,
  requireCountOfNumbers,
  requireInteger,
  requireIntegers,
  requireKind,
  requireKnown,
  ShapeError,
  show,
} from '@longspan/core-tensor/error';
import { stateTensor } from '@longspan/core-tensor/layer';
import { clone, concat, slice, type Tensor, tensor3d, tidy, where, zeros, zerosLike } from '@tensorflow/tfjs-core';

/** The names of a layer's memory: one tensor, and a length for each batch row. */
export const memoryStates = ['memory', 'lengths.row'] as const;

/** What stands before the first segment: nothing, or zeros that are attended to. */
export type MemoryStart = 'empty' | 'zeros';

/** What one layer remembers of the tokens before a segment. */
export interface Memory {
  /** Its inputs for the last m tokens, [b, m, width]. */
  readonly memory: Tensor;
  /** For each batch row how many of its last tokens in there are visible: fewer than m after a reset. */
  readonly lengths: readonly number[];
}

/** The memory that a layer's state holds; undefined before the first segment. */
export function memoryOf(caller: string, state: Lens<Tensor | number>, x: Tensor): Memory | undefined {
  const [batch, , width] = x.shape as [number, number, number];
  const rows = Object.keys(state.record()).filter((name) => name.startsWith('lengths.'));
  const memory = stateTensor(state, 'memory');
  if (memory === undefined && rows.length === 0) return undefined;
  if (memory === undefined || rows.length !== batch) throw notAsManyRows(caller, batch, memory, rows);
  const { m } = dims(caller, { 'state.memory': [memory, `${batch} m ${width}:float32`] });
  const lengths = Array.from({ length: batch }, (_, row) => state.get(`lengths.${row}`) as number);
  for (const [row, length] of lengths.entries()) requireInteger(caller, { [`state.lengths.${row}`]: length }, 0, { atMost: m });
  return { memory, lengths };
}

/** The memory that Hugging Face starts from; nothing where nothing is to be remembered. To be called inside a tidy. */
export function zerosBefore(x: Tensor, memoryLength: number): Memory | undefined {
  if (memoryLength === 0) return undefined;
  const [batch, , width] = x.shape as [number, number, number];
  return { memory: zeros([batch, memoryLength, width]), lengths: new Array<number>(batch).fill(memoryLength) };
}

/**
 * The state after a segment: of the old memory and the segment's input the last tokens, stopGradient; nothing where nothing is to be
 * remembered. Neither is changed. To be called inside a tidy.
 */
export function extended(before: Memory | undefined, x: Tensor, memoryLength: number): LayerState {
  const [batch, length] = x.shape as [number, number];
  const lengths = Array.from({ length: batch }, (_, row) => Math.min(memoryLength, (before?.lengths[row] ?? 0) + length));
  const kept = lengths.reduce((most, each) => Math.max(most, each), 0);
  if (kept === 0) return {};
  const latest = stopGradient(x);
  if (kept <= length) return stateOf(kept === length ? latest : slice(latest, [0, length - kept, 0], [batch, kept, -1]), lengths);
  const old = (before as Memory).memory;
  const fromOld = kept - length;
  const rest = slice(stopGradient(old), [0, (old.shape[1] as number) - fromOld, 0], [batch, fromOld, -1]);
  return stateOf(concat([rest, latest], 1), lengths);
}

const stateOf = (memory: Tensor, lengths: readonly number[]): LayerState => ({
  memory,
  ...Object.fromEntries(lengths.map((length, row) => [`lengths.${row}`, length])),
});

/** The prefixes of all memories among the names of states: of 'layers.0.dec_attn.memory' it is 'layers.0.dec_attn.'. */
const prefixesOf = (names: readonly string[]): readonly string[] =>
  names.filter((name) => name === 'memory' || name.endsWith('.memory')).map((name) => name.slice(0, -'memory'.length));

export interface ZeroMemoryOptions {
  readonly batch: number;
  /** Tokens. */
  readonly length: number;
  readonly width: number;
}

/**
 * The state that Hugging Face starts from: memories of zeros that the first segment attends to, which is not the same as nothing.
 * @param layer whose memories: a model, its layers, or one of them
 * @throws ConfigError when a size is not possible or the layer has no memory
 * @cost 4 · layers · batch · length · width bytes
 * @source TransfoXLModel.init_mems of Hugging Face transformers 4.57
 * @example
 * const layer = memoryAttention({ width: 4, heads: 2, headDim: 3, memoryLength: 6 });
 * zeroMemory(layer, { batch: 1, length: 3, width: 4 })['lengths.0']; // => 3
 */
export function zeroMemory(layer: { readonly states: readonly string[] }, options: ZeroMemoryOptions): LayerState {
  const caller = 'zeroMemory';
  requireKind(caller, 'layer', layer, 'record');
  requireKind(caller, 'layer.states', layer.states, 'list');
  for (const name of layer.states) requireKind(caller, 'each of layer.states', name, 'text');
  requireKnown(caller, options, { batch: true, length: true, width: true });
  const { batch, length, width } = options;
  requireInteger(caller, { batch, width }, 1);
  requireInteger(caller, { length }, 0);
  const prefixes = prefixesOf(layer.states);
  if (prefixes.length === 0) {
    throw new ConfigError({
      caller,
      problem: 'the layer must have a memory.',
      expected: "a layer that names 'memory' among its states",
      got: show(layer.states),
      remedy: 'give the memoryAttention, the segmentRecurrence or the model that will read it.',
    });
  }
  if (length === 0) return {};
  requireCountOfNumbers(caller, [batch, length, width]);
  const lengths = new Array<number>(batch).fill(length);
  return Object.assign({}, ...prefixes.map((prefix) => below(prefix, stateOf(zeros([batch, length, width]), lengths))));
}

const below = (prefix: string, state: LayerState): LayerState =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [prefix + name, value]));

export interface ResetOptions {
  /** What the rows start again from: nothing, or Hugging Face's zeros that are attended to; 'empty' by default. */
  readonly start?: MemoryStart | undefined;
}

/**
 * Lets some batch rows start again (where a new document begins) while the others go on. The argument stays as it is.
 * @param state of layers with memory, as their last result gave it
 * @param rows indices of the batch rows to reset
 * @returns a state that belongs to the caller; a memory that no row attends to is omitted
 * @throws ShapeError when there are fewer rows; ConfigError for state that is not a memory, whose rows cannot be told apart
 * @cost one copy of the memory
 * @example
 * const layer = memoryAttention({ width: 4, heads: 2, headDim: 3, memoryLength: 6 });
 * const state = resetRows(zeroMemory(layer, { batch: 2, length: 3, width: 4 }), [1]);
 * [state['lengths.0'], state['lengths.1']]; // => [3, 0]
 */
export function resetRows(state: LayerState, rows: readonly number[], options: ResetOptions = {}): LayerState {
  requireKind('resetRows', 'state', state, 'record');
  requireIntegers('resetRows', 'rows', rows);
  requireKnown('resetRows', options, { start: true });
  const { start = 'empty' } = options;
  requireStart('resetRows', 'start', start);
  for (const [name, value] of Object.entries(state)) {
    if (/(^|[.])lengths[.]\d+$/.test(name)) requireInteger('resetRows', { [name]: value }, 0);
    else dims('resetRows', { [name]: [value as Tensor, 'batch m width:float32'] });
  }
  const prefixes = prefixesOf(Object.keys(state));
  const isMemory = (name: string): boolean => prefixes.some((prefix) => name === `${prefix}memory` || name.startsWith(`${prefix}lengths.`));
  const other = Object.keys(state).find((name) => !isMemory(name));
  if (other !== undefined) throw notMemory(other);
  return Object.assign({}, ...prefixes.map((prefix) => below(prefix, resetMemory(state, prefix, rows, start))));
}

function resetMemory(state: LayerState, prefix: string, rows: readonly number[], start: MemoryStart): LayerState {
  const memory = state[`${prefix}memory`] as Tensor;
  const [batch, whole] = memory.shape as [number, number];
  const wrong = rows.find((row) => !Number.isInteger(row) || row < 0 || row >= batch);
  if (wrong !== undefined) throw noRow(wrong, batch);
  const isReset = Array.from({ length: batch }, (_, row) => rows.includes(row));
  const lengths = isReset.map((reset, row) => (reset ? (start === 'zeros' ? whole : 0) : (state[`${prefix}lengths.${row}`] as number)));
  if (lengths.every((length) => length === 0)) return {};
  const cleared = tidy(() => {
    const isCleared = tensor3d(isReset.map(Number), [batch, 1, 1], 'bool');
    // Selected and not multiplied: what a row has forgotten must not come back as NaN.
    return rows.length === 0 ? clone(memory) : where(isCleared, zerosLike(memory), memory);
  });
  return stateOf(cleared, lengths);
}

const notAsManyRows = (caller: string, batch: number, memory: Tensor | undefined, rows: readonly string[]): ShapeError =>
  new ShapeError({
    caller,
    problem: 'the state must hold a memory, and one length for each batch row.',
    expected: `memory and lengths.row of ${batch} rows`,
    got: `${memory === undefined ? 'no memory' : 'memory'}; ${rows.slice(0, 5).join(', ') || 'no lengths'}${rows.length > 5 ? ', …' : ''}`,
    remedy: 'pass the state of the last result as it is, with as many batch rows.',
  });

const noRow = (row: number, batch: number): ShapeError =>
  new ShapeError({
    caller: 'resetRows',
    problem: 'rows must be rows of the batch.',
    expected: `integers of 0 … ${batch - 1}`,
    got: String(row),
    remedy: 'name the rows of the batch that begin a new document.',
  });

const notMemory = (name: string): ConfigError =>
  new ConfigError({
    caller: 'resetRows',
    problem: 'every state must be that of a memory.',
    expected: '…memory and …lengths.row',
    got: name,
    remedy: 'reset the memories alone, and start the other states again as a whole.',
  });

export function requireStart(caller: string, name: string, start: unknown): void {
  if (start === 'empty' || start === 'zeros') return;
  throw new ConfigError({
    caller,
    problem: `${name} must be 'empty' or 'zeros'.`,
    expected: "'empty' or 'zeros'",
    got: show(start),
    remedy: "use 'zeros' for Hugging Face's memories, else leave it out.",
  });
}
