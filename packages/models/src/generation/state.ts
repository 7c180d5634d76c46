import { disposeState, type LayerState, readSafetensors, type SafetensorsTensor, toTensor, writeSafetensors } from '@longspan/core-tensor';
import { FileError, isList, requireKind, requireKnown, show, typeName } from '@longspan/core-tensor/error';
import { lastPosition } from '@longspan/core-tensor/layer';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import type { Progress } from './search/search.ts';

/** Where a generation stands: all that the rest of it depends on, besides the model, the prompts and the options. */
export interface GenerationState {
  /** The sequences so far. */
  readonly progress: Progress;
  /** What the model keeps of all tokens but the last of each sequence. Belongs to whoever holds this. */
  readonly state: LayerState;
}

const format = 'longspan.generation';
const caller = 'readGeneration';

/** Of a list with holes each would be looked at, to the end of its length. */
const list = <Item extends z.ZodMiniType>(item: Item) => z.pipe(z.custom<z.input<Item>[]>(isList), z.array(item));

const integer = z.int().check(z.gte(0), z.lte(lastPosition));
const candidate = z.strictObject({
  tokens: list(z.int().check(z.gte(0))),
  score: z.custom<number>((value) => typeof value === 'number' && value < Number.POSITIVE_INFINITY), // −Infinity stands for none
  isEnded: z.boolean(),
});
const promptProgress = z.strictObject({ running: list(candidate), finished: list(candidate), isDone: z.boolean() });
const progressSchema = z.strictObject({ newTokens: integer, prompts: list(promptProgress) });
const storedSchema = z.strictObject({
  progress: progressSchema,
  numbers: z.record(z.string(), z.number()),
  tensors: list(z.string()),
});

/** Throws unless it is the state of a generation. */
export function requireGeneration(by: string, name: string, generation: GenerationState): void {
  requireKind(by, name, generation, 'record');
  requireKnown(by, generation, { progress: 'record', state: 'record' });
  const { progress, state } = generation;
  requireKind(by, `${name}.progress`, progress, 'record');
  requireKind(by, `${name}.state`, state, 'record');
  if (!z.safeParse(progressSchema, progress).success) {
    throw new FileError({
      caller: by,
      problem: `${name}.progress must be that of a generation.`,
      expected: '{ newTokens, prompts }, as generate gave it',
      got: show(progress),
      remedy: 'give the state of a step as it is, or readGeneration(bytes).',
    });
  }
  for (const [part, value] of Object.entries(state)) {
    requireKind(by, `${name}.state.${part}`, value, typeof value === 'number' ? 'finite' : 'tensor');
  }
}

/**
 * Writes the state of a generation as a safetensors file. Exact: the generation that goes on from it gives the same tokens.
 * @returns the file's bytes; write them aside and rename, so that a crash leaves the old file or the new one
 * @cost one copy of the model's state, read back from the device
 * @example
 * const bytes = await writeGeneration({ progress: { newTokens: 0, prompts: [] }, state: {} });
 * readGeneration(bytes); // => { progress: { newTokens: 0, prompts: [] }, state: {} }
 */
export async function writeGeneration(generation: GenerationState): Promise<Uint8Array> {
  requireGeneration('writeGeneration', 'generation', generation);
  const { progress, state } = generation;
  const numbers: Record<string, number> = {};
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [name, value] of Object.entries(state)) {
    if (typeof value === 'number') numbers[name] = value;
    else tensors.set(name, await stored(value));
  }
  return writeSafetensors({ tensors, metadata: { format, state: JSON.stringify({ progress, numbers, tensors: [...tensors.keys()] }) } });
}

async function stored(tensor: Tensor): Promise<SafetensorsTensor> {
  const { shape } = tensor;
  if (tensor.dtype === 'int32') return { dtype: 'I32', shape, values: await tensor.data<'int32'>() };
  return { dtype: 'F32', shape, values: await tensor.data<'float32'>() };
}

/**
 * Reads what writeGeneration wrote: give it to `generate` as `resume`, and dispose it with `disposeGeneration` afterwards.
 * @throws FileError when the bytes are another file
 * @cost one copy of the model's state
 * @example
 * const saved = await writeGeneration({ progress: { newTokens: 0, prompts: [] }, state: { keys: zeros([1, 2, 3]) } });
 * readGeneration(saved).state.keys.shape; // => [1, 2, 3]
 */
export function readGeneration(bytes: Uint8Array | ArrayBuffer): GenerationState {
  if (!['ArrayBuffer', 'Uint8Array'].includes(typeName(bytes))) {
    throw new FileError({
      caller,
      problem: 'the file must be given as its bytes.',
      expected: 'a Uint8Array or an ArrayBuffer',
      got: show(bytes),
      remedy: 'read it first: readGeneration(await readFile(path)).',
    });
  }
  const { metadata, tensors } = readSafetensors(bytes);
  const found = metadata['format'] === format ? parsed(metadata['state']) : undefined;
  if (found === undefined || found.tensors.some((name) => !tensors.has(name))) {
    throw new FileError({
      caller,
      problem: 'the file must be the state of a generation.',
      expected: `a safetensors file that writeGeneration wrote (format ${format})`,
      got: `format ${metadata['format'] ?? 'unknown'}, ${tensors.size} tensors`,
      remedy: 'give the bytes of writeGeneration, or start again without them.',
    });
  }
  // Within a tidy, what was made before a tensor that is refused goes with it.
  const kept = tidy(() =>
    Object.fromEntries([...tensors].flatMap(([name, entry]) => (found.tensors.includes(name) ? [[name, toTensor(entry)] as const] : []))),
  );
  return { progress: found.progress, state: { ...found.numbers, ...kept } };
}

function parsed(text: string | undefined): z.output<typeof storedSchema> | undefined {
  try {
    // JSON has no −Infinity: null was written.
    const revived = (name: string, value: unknown): unknown => (name === 'score' && value === null ? Number.NEGATIVE_INFINITY : value);
    const result = z.safeParse(storedSchema, JSON.parse(text ?? '', revived));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Disposes the tensors of a state; twice does no harm.
 * @cost no tensor operations
 */
export function disposeGeneration(generation: GenerationState): void {
  requireGeneration('disposeGeneration', 'generation', generation);
  disposeState(generation.state);
}
