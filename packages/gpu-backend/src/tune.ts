import { ConfigError, requireKind } from '@longspan/core-tensor/error';
import { type TensorContainer, tidy } from '@tensorflow/tfjs-core';
import { requireDevice } from './device/device-lost.ts';
import { tileChoices } from './kernels/block-sparse-attention/tile.ts';
import { remember, withChoice } from './kernels/block-sparse-attention/tuned.ts';
import type { TfjsWebGpu } from './tfjs/tfjs-webgpu.ts';

/** A way to cut attention's work, and how long the program took with it. */
export interface TunedTiles {
  readonly tiles: string;
  /** The median of the rounds. */
  readonly milliseconds: number;
}

/** What `tune` measured. */
export interface Tuning {
  /** Ascending by time: the first is what calls of these shapes take from now on. */
  readonly tried: readonly TunedTiles[];
  /** The device's own timestamps, or the host's clock where the device has none. */
  readonly by: 'timestamps' | 'clock';
}

const rounds = 5;

/**
 * Times a program with each way to cut attention's work, turn by turn, and takes the fastest from then on, for its calls' block sizes and
 * widths: on this adapter until the page or the process ends.
 * @param run calls attention; once to compile and five times to be timed, for each of three ways
 * @throws ConfigError where it calls no attention that runs in WGSL
 */
export async function tune(backend: TfjsWebGpu, run: () => TensorContainer): Promise<Tuning> {
  requireKind('tune', 'run', run, 'function');
  const { device } = backend;
  const times = tileChoices.map((): number[] => []);
  let shapes: ReadonlySet<string> = new Set();
  for (let round = 0; round <= rounds; round++) {
    for (const [at, choice] of tileChoices.entries()) {
      requireDevice(device);
      const timed = await timeOf(backend, () => {
        shapes = withChoice(device, choice, () => tidy(() => void run()));
      });
      if (round > 0) times[at]?.push(timed); // the first compiles
    }
  }
  if (shapes.size === 0) throw noAttention();
  const tried = tileChoices
    .map((choice, at) => ({ choice, milliseconds: median(times[at] as number[]) }))
    .sort((one, other) => one.milliseconds - other.milliseconds);
  remember(device, shapes, tried[0] as (typeof tried)[number]);
  return {
    tried: tried.map(({ choice: { name }, milliseconds }) => ({ tiles: name, milliseconds })),
    by: backend.supportTimestampQuery ? 'timestamps' : 'clock',
  };
}

/** Milliseconds of what a function encodes. */
async function timeOf(backend: TfjsWebGpu, run: () => void): Promise<number> {
  if (backend.supportTimestampQuery) return (await backend.time(run)).kernelMs as number;
  const { queue } = backend.device;
  await queue.onSubmittedWorkDone();
  const start = performance.now();
  run();
  backend.submitQueue();
  await queue.onSubmittedWorkDone();
  return performance.now() - start;
}

const median = (numbers: readonly number[]): number => [...numbers].sort((one, other) => one - other)[numbers.length >> 1] as number;

const noAttention = (): ConfigError =>
  new ConfigError({
    caller: 'tune',
    problem: 'run must call attention.',
    expected: 'a call that explain() says to run on webgpu-tiles',
    got: 'none',
    remedy: "give it your model's step, or a call of sparseAttention.",
  });
