import { createKey, type LayerState, normal, type Parameters, trainable } from '@longspan/core-tensor';
import { hiddenOf, stateOf } from '@longspan/core-tensor/layer';
import { reversibleSequence } from '@longspan/reversible';
import * as tf from '@tensorflow/tfjs-core';
import { type BackendName, type Device, describeDevice } from '../../compute/device.ts';
import { watchBytes } from '../../compute/peak-bytes.ts';
import { startDevice } from '../../compute/start-device.ts';
import { blockOf, type StackSize, stackOf } from './stack.ts';
import { type Way, ways } from './trace.ts';

export interface StepRequest {
  readonly depth: number;
  readonly size: StackSize;
  /** Streams of each block of that number are kept too; 0 for none. */
  readonly keepEvery: number;
}

export interface Held {
  /** Bytes at the peak of one training step beyond parameters, input and gradients of parameters. */
  readonly activations: number;
  readonly parameters: number;
}

export interface StepTimes {
  /** ms of one training step, the fastest of the rounds. */
  readonly milliseconds: Readonly<Record<Way, number>>;
  readonly rounds: number;
  readonly device: string;
}

/** How far rebuilt streams are from the true ones, for each block's input: the first block first. */
export interface Rebuilt {
  readonly largest: readonly number[];
  /** The largest number of the true streams there. */
  readonly size: readonly number[];
}

let device: Promise<Device> | undefined;
const started = (site: string, backend: BackendName): Promise<Device> => (device ??= startDevice(site, backend));

export const api = {
  /** What one training step holds at its peak. The heap of WebAssembly is counted, which knows every byte. */
  async held(site: string, way: Way, request: StepRequest): Promise<Held> {
    await started(site, 'wasm');
    return measureHeld(way, request);
  },

  async times(site: string, backend: BackendName, request: StepRequest): Promise<StepTimes> {
    const on = await started(site, backend);
    return { ...(await measureTimes(request)), device: describeDevice(on) };
  },

  async rebuilt(site: string, request: StepRequest): Promise<Rebuilt> {
    await started(site, 'wasm');
    return measureRebuilt(request);
  },
};

/** One training step: the gradients of all parameters. */
export function trainingStep(way: Way, { depth, size, keepEvery }: StepRequest) {
  const stack = stackOf(way, depth, size, keepEvery);
  const parameters = tf.tidy(() => trainable(stack.init(createKey('parameters'))));
  const x = streams(size);
  return {
    parameters,
    bytes: bytesOf(parameters),
    run(): tf.NamedTensorMap {
      const { value, grads } = tf.variableGrads(
        () => tf.mean(tf.square(hiddenOf(stack.apply(parameters, x)))) as tf.Scalar,
        Object.values(parameters) as tf.Variable[],
      );
      value.dispose();
      return grads;
    },
    dispose(): void {
      tf.dispose([x, ...Object.values(parameters)]);
    },
  };
}

const streams = ({ length, width }: StackSize): tf.Tensor => normal(createKey('streams'), [1, length, 2 * width]);

const bytesOf = (parameters: Parameters): number => Object.values(parameters).reduce((bytes, { size }) => bytes + 4 * size, 0);

let known: string | undefined;

function once(step: ReturnType<typeof trainingStep>): void {
  tf.dispose(step.run());
  step.dispose();
}

export function measureHeld(way: Way, request: StepRequest): Held {
  const { length, width } = request.size;
  if (known !== `${length} ${width}`) {
    // Layouts, and other things that are made once, are not what a step holds.
    for (const each of ways) once(trainingStep(each, { ...request, depth: 1 }));
    known = `${length} ${width}`;
  }
  const step = trainingStep(way, request);
  try {
    const end = watchBytes();
    const gradients = step.run();
    const peak = end();
    tf.dispose(gradients);
    return { activations: peak - step.bytes, parameters: step.bytes };
  } finally {
    step.dispose();
  }
}

const rounds = 5;

/** All ways in turns, every second round backwards. */
export async function measureTimes(request: StepRequest): Promise<Omit<StepTimes, 'device'>> {
  const steps = ways.map((way) => ({ way, step: trainingStep(way, request) }));
  const milliseconds: Record<Way, number> = { stored: Infinity, recomputed: Infinity, reversible: Infinity };
  for (let round = 0; round <= rounds; round++) {
    for (const { way, step } of round % 2 === 0 ? steps : steps.toReversed()) {
      const begin = performance.now();
      const gradients = step.run();
      await Object.values(gradients)[0]?.data();
      const took = performance.now() - begin;
      tf.dispose(gradients);
      if (round > 0) milliseconds[way] = Math.min(milliseconds[way], took); // the first warms up
    }
  }
  for (const { step } of steps) step.dispose();
  return { milliseconds, rounds };
}

/** Runs block by block forward, keeping all streams, and then undoes block by block what it did. */
export async function measureRebuilt({ depth, size, keepEvery }: StepRequest): Promise<Rebuilt> {
  const blocks = Array.from({ length: depth }, (_, at) => {
    const layer = reversibleSequence([blockOf(size)]);
    return { layer, parameters: layer.init(createKey('block').fold(at)) };
  });
  const truth: tf.Tensor[] = [streams(size)];
  const states: LayerState[] = [];
  for (const { layer, parameters } of blocks) {
    const output = layer.apply(parameters, truth.at(-1) as tf.Tensor);
    truth.push(hiddenOf(output));
    states.push(stateOf(output));
  }
  const [largest, sizes]: [number[], number[]] = [[], []];
  let rebuilt = truth[depth] as tf.Tensor;
  for (let at = depth - 1; at >= 0; at--) {
    const { layer, parameters } = blocks[at] as (typeof blocks)[number];
    const from = keepEvery > 0 && (at + 1) % keepEvery === 0 ? (truth[at + 1] as tf.Tensor) : rebuilt;
    // The state holds what a layer chose, such as buckets: the choice is not made again.
    const state = states[at] as LayerState;
    const before = layer.invert(parameters, from, Object.keys(state).length === 0 ? {} : { state });
    if (rebuilt !== truth[depth]) rebuilt.dispose();
    rebuilt = before;
    const original = truth[at] as tf.Tensor;
    largest.unshift(await largestOf(() => tf.sub(before, original)));
    sizes.unshift(await largestOf(() => original));
  }
  tf.dispose([
    rebuilt,
    ...truth,
    ...states.flatMap((state) => Object.values(state)),
    ...blocks.map(({ parameters }) => parameters),
  ] as never);
  return { largest, size: sizes };
}

async function largestOf(of: () => tf.Tensor): Promise<number> {
  const found = tf.tidy(() => tf.max(tf.abs(of())));
  const [value = Number.NaN] = await found.data();
  found.dispose();
  return value;
}
