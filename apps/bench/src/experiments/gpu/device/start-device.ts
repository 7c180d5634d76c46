import { type RegisterOptions, type Registration, register } from '@longspan/gpu-backend';
import { startDawn } from '@longspan/tooling/webgpu';
import { backend, enableProdMode, type Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers tfjs's gradients
import type { Contender } from '../../kernels/contest.ts';
import type { Swap } from '../../kernels/swap-kernels.ts';
import type { AdapterFigures } from '../input.ts';
import { type Recorder, recorderOn } from './recorder.ts';
import { isSoftwareAdapter } from './software-adapter.ts';

/** tfjs's webgpu backend in this process, and what measures there. */
export interface Device {
  readonly gpu: GPUDevice;
  readonly adapter: AdapterFigures;
  readonly swap: Swap;
  readonly recorder: Recorder;
  /**
   * Takes the fastest way to cut attention's work for the calls that `run` makes, by `tune()` of gpu-backend.
   * @returns which, in words; undefined where nothing is timed, so the usual one
   */
  tune(run: Contender['run']): Promise<string | undefined>;
}

/** What is used here of tfjs's backend, whose types leave it out. */
interface TfjsWebGpu {
  readonly device: GPUDevice;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** Dawn rounds timestamps to 0.1 ms unless it is told not to, as pages must have it: as long as a whole call takes on a fast card. */
const exactTimestamps = 'disable-dawn-features=timestamp_quantization';

/** Why nothing can be measured in that precision; undefined where it can. */
export async function whyWithout(precision: RegisterOptions['precision']): Promise<string | undefined> {
  if (precision !== 'float16') return undefined;
  const adapter = await (await startDawn([exactTimestamps])).requestAdapter();
  return adapter?.features.has('shader-f16') === true ? undefined : 'the adapter has no shader-f16';
}

/** Starts Dawn, and tfjs's webgpu backend on the device that `register()` makes, on which stock kernels run as well. */
export async function startDevice({ precision = 'float32' }: Pick<RegisterOptions, 'precision'> = {}): Promise<Device> {
  enableProdMode();
  await startDawn([exactTimestamps]);
  const registered = () => registeredIn(precision);
  const registration = await registered();
  const adapter = adapterFigures(registration);
  const tfjs = backend() as unknown as TfjsWebGpu;
  const submit = (): void => {
    tfjs.ensureCommandEncoderReady();
    tfjs.endComputePassEncoder();
    tfjs.submitQueue();
  };
  return {
    gpu: tfjs.device,
    adapter,
    swap: swapOf(registration, registered),
    recorder: recorderOn(tfjs.device, submit, adapter.untimed === undefined),
    async tune(run) {
      if (adapter.untimed !== undefined) return undefined;
      const { tried } = await (await registered()).tune(() => run() as Tensor | Tensor[]);
      return `${tried[0]?.tiles}, the fastest of ${tried.length} by tune()`;
    },
  };
}

async function registeredIn(precision: RegisterOptions['precision']): Promise<Registration> {
  const made = await register({ precision });
  if (!made.registered) throw new Error(made.reason);
  return made;
}

function adapterFigures({ adapter, features, limits, kernels, repairs }: Registration): AdapterFigures {
  const isSoftware = isSoftwareAdapter(adapter);
  const untimed = isSoftware
    ? 'a software adapter'
    : features.includes('timestamp-query')
      ? undefined
      : 'the adapter has no timestamp queries';
  return { kind: 'adapter', adapter, isSoftware, ...(untimed === undefined ? {} : { untimed }), features, limits, kernels, repairs };
}

/** On one device: `unregister()` leaves the backend with its tensors, and takes kernels and repairs out. */
function swapOf(first: Registration, registered: () => Promise<Registration>): Swap {
  let current: Registration | undefined = first;
  return {
    async ours() {
      current ??= await registered();
    },
    async stock() {
      current?.unregister();
      current = undefined;
    },
  };
}
