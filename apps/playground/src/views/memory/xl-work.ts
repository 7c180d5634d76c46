import {
  createKey,
  disposeParameters,
  disposeState,
  type LayerState,
  loadParameters,
  type Parameters,
  randomUniform,
} from '@longspan/core-tensor';
import { contextLosses, type LossesAt, relativeEffectiveContextLength } from '@longspan/memory-xl';
import type { XlLanguageModel } from '@longspan/models/transformer-xl';
import { tensor2d } from '@tensorflow/tfjs-core';
import type { BackendName, Device } from '../../compute/device.ts';
import { describeDevice } from '../../compute/device.ts';
import type { Progress } from '../../compute/job.ts';
import { startDevice } from '../../compute/start-device.ts';
import { type MemoryAbout, type MemorySize, memoryModel } from './memory-model.ts';

type Say = (progress: Progress) => void;

export interface StreamRequest {
  readonly bytes: Uint8Array;
  readonly segment: number;
  readonly memory: number;
}

/** Bits that each byte took, NaN for the first one: read with the memory, and segment by segment with none. */
export interface Streamed {
  readonly withMemory: Float32Array;
  readonly without: Float32Array;
  readonly milliseconds: number;
}

export interface ReachRequest extends StreamRequest {
  /** The longest context that is tried, and by how much contexts grow. */
  readonly longest: number;
  readonly step: number;
  readonly positions: number;
}

/** How far back predictions reach. */
export interface Reach {
  readonly contexts: readonly number[];
  /** Mean bits of the predicted bytes after so much context, of the model with memory and of the one without. */
  readonly withMemory: readonly number[];
  readonly without: readonly number[];
  /** Relative effective context lengths, and whether a longer one than was tried would still gain. */
  readonly effective: Readonly<Record<'withMemory' | 'without', { readonly length: number; readonly bounded: boolean }>>;
  /** For each predicted byte the shortest context after which more of it changes its loss by less than a tenth of a bit. */
  readonly each: readonly number[];
}

export interface SpeedRequest {
  readonly segment: number;
  readonly memories: readonly number[];
}

export interface SpeedPoint {
  readonly memory: number;
  /** ms for a segment, the fastest of several. */
  readonly withMemory: number;
  readonly recomputed: number;
}

/** For the speed alone, which does not depend on what was learnt. */
export const speedSize: MemorySize = { width: 128, layers: 3, heads: 4 };

/** ms between two accounts of what was found so far. */
const patience = 150;

let device: Promise<Device> | undefined;
let loading: Promise<{ readonly about: MemoryAbout; readonly parameters: Parameters }> | undefined;

export const api = {
  async about(site: string): Promise<MemoryAbout> {
    return (await load(site)).about;
  },

  /** Reads a text as it comes, with memory and without, and tells now and then what it has found so far. */
  async stream(site: string, { bytes, segment, memory }: StreamRequest, onPart: (so: Streamed) => void, say: Say): Promise<Streamed> {
    say({ label: 'Loading the model' });
    const { about, parameters } = await load(site);
    const begin = performance.now();
    const lines = [memory, 0].map((length) => ({
      model: memoryModel(about.size, length),
      state: {} as LayerState,
      bits: new Float32Array(bytes.length).fill(Number.NaN),
    }));
    const [own, none] = lines as [(typeof lines)[number], (typeof lines)[number]];
    const found = (): Streamed => ({ withMemory: own.bits, without: none.bits, milliseconds: performance.now() - begin });
    const text = Int32Array.from(bytes);
    let told = begin;
    for (let from = 0; from < text.length; from += segment) {
      for (const line of lines) line.state = await readOn(line, parameters, text, { from, to: Math.min(from + segment, text.length) });
      if (performance.now() - told < patience) continue;
      told = performance.now();
      onPart(found());
      say({
        label: `Reading: ${Math.min(from + segment, text.length).toLocaleString('en')} of ${text.length.toLocaleString('en')} bytes`,
        share: from / text.length,
      });
    }
    for (const { state } of lines) disposeState(state);
    return found();
  },

  /** Predicts some bytes after contexts of several lengths. */
  async reach(site: string, { bytes, segment, memory, longest, step, positions: count }: ReachRequest, say: Say): Promise<Reach> {
    const { about, parameters } = await load(site);
    const positions = Array.from(randomUniform(createKey(1), count), (share) => longest + Math.floor(share * (bytes.length - longest)));
    const contexts = Array.from({ length: Math.floor(longest / step) }, (_, at) => (at + 1) * step);
    const tokens = Int32Array.from(bytes);
    let done = 0;
    const lossesOf = (model: XlLanguageModel, most: number): LossesAt => {
      const fresh = contextLosses((given, context) => model.apply(parameters, given, context), { tokens, positions });
      const known = new Map<number, Promise<ArrayLike<number>>>();
      return (context) => {
        const seen = Math.min(context, most);
        const found = known.get(seen) ?? Promise.resolve(fresh(seen));
        known.set(seen, found);
        done += 1;
        say({ label: `Predicting ${count} bytes after ${seen} bytes of context`, share: done / (4 * contexts.length) });
        return found;
      };
    };
    // With memory a layer sees as far as the segment and the memory are long; without, nothing before the segment.
    const models = {
      withMemory: lossesOf(memoryModel(about.size, 0, segment + memory - 1), longest),
      without: lossesOf(memoryModel(about.size, 0), segment),
    };
    const losses = { withMemory: [] as Float64Array[], without: [] as Float64Array[] };
    for (const context of contexts) {
      losses.withMemory.push(Float64Array.from(await models.withMemory(context)));
      losses.without.push(Float64Array.from(await models.without(context)));
    }
    const found = await relativeEffectiveContextLength({ models, step, longest: contexts.at(-1) as number });
    const meanBits = (of: readonly Float64Array[]): number[] =>
      of.map((each) => each.reduce((sum, loss) => sum + loss, 0) / each.length / Math.LN2);
    const effective = (name: 'withMemory' | 'without') => ({ length: found[name]?.length ?? 0, bounded: found[name]?.bounded ?? false });
    return {
      contexts,
      withMemory: meanBits(losses.withMemory),
      without: meanBits(losses.without),
      effective: { withMemory: effective('withMemory'), without: effective('without') },
      each: positions.map((_, position) => contexts[settledAt(losses.withMemory.map((each) => each[position] as number))] as number),
    };
  },

  /** Times a segment that is read with memory against one whose whole context is computed anew. */
  async speed(
    site: string,
    backend: BackendName,
    { segment, memories }: SpeedRequest,
    onPoint: (points: readonly SpeedPoint[]) => void,
    say: Say,
  ) {
    device ??= startDevice(site, backend);
    const on = await device;
    const points: SpeedPoint[] = [];
    const parameters = memoryModel(speedSize, 0).init(createKey(0));
    for (const [at, memory] of memories.entries()) {
      say({ label: `Timing a memory of ${memory.toLocaleString('en')} bytes`, share: at / memories.length });
      const model = memoryModel(speedSize, memory);
      const text = Int32Array.from({ length: memory + 2 * segment }, (_, index) => 97 + ((index * 31) % 26));
      const filled = read(model, parameters, text.subarray(0, memory), {});
      const rest = text.subarray(memory, memory + segment);
      const withMemory = await fastest(() => read(model, parameters, rest, filled.state));
      const recomputed = await fastest(() => read(model, parameters, text.subarray(0, memory + segment), {}));
      filled.losses.dispose();
      disposeState(filled.state);
      points.push({ memory, withMemory, recomputed });
      onPoint([...points]);
    }
    disposeParameters(parameters);
    return { points, device: describeDevice(on) };
  },
};

const load = (site: string) => {
  loading ??= loadOnce(site).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
};

async function loadOnce(site: string) {
  const fetched = async (name: string): Promise<Response> => {
    const answer = await fetch(new URL(`models/${name}`, site));
    if (!answer.ok) throw new Error(`The model could not be loaded (${name}). Is there a network? It is kept after the first visit.`);
    return answer;
  };
  const [about] = await Promise.all([
    fetched('memory.json').then((answer) => answer.json() as Promise<MemoryAbout>),
    startDevice(site, 'wasm'),
  ]);
  const bytes = await (await fetched(about.weights)).arrayBuffer();
  return { about, parameters: loadParameters(bytes, { layer: memoryModel(about.size, 0) }) };
}

interface ReadSegment {
  readonly losses: ReturnType<XlLanguageModel['apply']>['hidden'];
  readonly state: LayerState;
}

/** One segment, whose last byte predicts nothing. */
function read(model: XlLanguageModel, parameters: Parameters, bytes: Int32Array, state: LayerState, next = -100): ReadSegment {
  if (bytes.length === 0) return { losses: tensor2d([0], [1, 1]), state: {} };
  const tokens = tensor2d(bytes, [1, bytes.length], 'int32');
  const { hidden, state: after } = model.apply(parameters, tokens, { targets: [...bytes.subarray(1), next], state });
  tokens.dispose();
  return { losses: hidden, state: after };
}

interface Line {
  readonly model: XlLanguageModel;
  readonly state: LayerState;
  readonly bits: Float32Array;
}

/** Reads the next segment, notes the bits of what it predicts, and gives the state after it. */
async function readOn(
  { model, state, bits }: Line,
  parameters: Parameters,
  text: Int32Array,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<LayerState> {
  const { losses, state: after } = read(model, parameters, text.subarray(from, to), state, text[to] ?? -100);
  disposeState(state);
  const nats = await losses.data();
  losses.dispose();
  for (let at = from; at < to && at + 1 < bits.length; at++) bits[at + 1] = (nats[at - from] as number) / Math.LN2;
  return after;
}

/** The first of several losses from which on all stay within a tenth of a bit of the last one. */
export function settledAt(losses: readonly number[]): number {
  const last = losses.at(-1) as number;
  return losses.findLastIndex((loss) => Math.abs(loss - last) > 0.1 * Math.LN2) + 1;
}

async function fastest(run: () => ReadSegment): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  let spent = 0;
  for (let round = 0; round < 6 && (round < 2 || spent < 1500); round++) {
    const begin = performance.now();
    const { losses, state } = run();
    await losses.data();
    const took = performance.now() - begin;
    losses.dispose();
    disposeState(state);
    spent += took;
    if (round > 0) least = Math.min(least, took);
  }
  return least;
}
