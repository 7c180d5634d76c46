import { ConfigError, requireKind, requireKnown, show } from '@longspan/core-tensor/error';
import { engine, ready, setBackend, type TensorContainer } from '@tensorflow/tfjs-core';
import { lossOf, watchForLoss } from './device/device-lost.ts';
import { type Precision, setPrecision } from './device/precision.ts';
import { limitsOf, requestDevice } from './device/request-device.ts';
import { reportUncapturedErrors } from './device/uncaptured-errors.ts';
import { trim } from './encode/trim.ts';
import { kernels } from './kernels/index.ts';
import { addAll } from './kernels/kernel.ts';
import { applyRepairs, repairs } from './repairs/index.ts';
import { readsSayLoss } from './tfjs/loss-of-reads.ts';
import { asTfjsWebGpu, startedBackend, startOn } from './tfjs/put-backend.ts';
import type { TfjsWebGpu } from './tfjs/tfjs-webgpu.ts';
import { type Tuning, tune } from './tune.ts';

/** What register() put in place. */
export interface Registration {
  readonly registered: true;
  /** What the adapter says of itself: vendor, architecture, device, description; each may be empty. */
  readonly adapter: Readonly<Record<'vendor' | 'architecture' | 'device' | 'description', string>>;
  /** Those that the device has. */
  readonly features: readonly string[];
  /** The device's, by name. */
  readonly limits: Readonly<Record<string, number>>;
  /** Whose device it is: made here, handed in, or that of a webgpu backend which had started before. */
  readonly device: 'own' | 'given' | "tfjs's";
  /** What operands are kept as within kernels. */
  readonly precision: Precision;
  /** The contracts of core-tensor that have a kernel here, and the kernels of tfjs whose place ours take. */
  readonly kernels: readonly string[];
  /** What of tfjs-backend-webgpu 4.22 is put right. */
  readonly repairs: readonly string[];
  /** Gives the free buffers of tfjs's pool back to the driver. @returns the bytes that were freed */
  trim(): number;
  /**
   * Times a program with each of three ways to cut attention's work, and takes the fastest from then on for calls of its block sizes and widths,
   * on this adapter, until the page or the process ends. `explain()` says so.
   * @param run calls attention, of the real shape; it is run 18 times
   * @throws ConfigError where it calls no attention that runs in WGSL; DeviceLostError
   */
  tune(run: () => TensorContainer): Promise<Tuning>;
  /** Takes kernels, repairs and listeners out again. The backend and its tensors stay. Twice is harmless. */
  unregister(): void;
}

/** Why nothing was put in place. */
export interface NotRegistered {
  readonly registered: false;
  /** A sentence without a full stop. */
  readonly reason: string;
}

export interface RegisterOptions {
  /** The device to compute on; one with all that the adapter has by default. */
  readonly device?: GPUDevice | undefined;
  /** The features of the device that is made; by default subgroups, shader-f16 and timestamp-query where they are. */
  readonly features?: readonly GPUFeatureName[] | undefined;
  /**
   * 'float16' halves what the operands of attention take on their way through the device's memory for workgroups; they keep 11 binary digits,
   * sums and tensors stay float32. 'float32' by default.
   */
  readonly precision?: Precision | undefined;
}

const caller = 'register';

interface Registered {
  readonly backend: TfjsWebGpu;
  readonly registration: Registration;
}

let registered: Registered | undefined;
let pending: Promise<Registration | NotRegistered> | undefined;

/**
 * Makes webgpu tfjs's backend, on a device with the features and limits that the adapter has, and puts the kernels and the repairs of this
 * package there: programs stay as they are. Where webgpu had started before, its device and tensors are kept. Where there is no WebGPU it
 * resolves to why, and changes nothing. Calling it again changes nothing until `unregister()` or the loss of the device.
 * @param options.device the device to compute on
 * @param options.features features of the device that is made here
 * @param options.precision of the operands of attention
 * @throws ConfigError for features that the adapter lacks, for float16 on a device without shader-f16, for a device that is lost or that comes too late, and where the webgpu backend is
 *   not tfjs's 4.22
 * @cost requests a device, some tens of ms; no tensors; kernels are compiled when they first run
 * @example
 * const gpu = await register();
 * gpu.registered || gpu.reason.startsWith('there is no navigator.gpu'); // => true
 */
export async function register(options: RegisterOptions = {}): Promise<Registration | NotRegistered> {
  requireKnown(caller, options, { device: true, features: 'list', precision: true });
  const { device, features, precision } = options;
  if (precision !== undefined && precision !== 'float32' && precision !== 'float16') throw noPrecision(precision);
  if (device !== undefined && !isDevice(device)) throw noDevice(device);
  for (const feature of features ?? []) requireKind(caller, 'features', feature, 'text');
  const before = pending;
  const own = (async () => {
    await before?.catch(() => {}); // one after the other: an adapter gives one device
    return putInPlace(options);
  })();
  pending = own;
  try {
    return await own;
  } finally {
    if (pending === own) pending = undefined;
  }
}

async function putInPlace({ device: given, features, precision }: RegisterOptions): Promise<Registration | NotRegistered> {
  if (given !== undefined && features !== undefined) throw twoDevices(features);
  if (registered !== undefined) {
    if (lossOf(registered.backend.device) === undefined) {
      if (given !== undefined && given !== registered.backend.device) throw tooLate();
      if (precision !== undefined && precision !== registered.registration.precision)
        throw otherPrecision(registered.registration.precision);
      await setBackend('webgpu');
      return registered.registration;
    }
    registered.registration.unregister();
  }
  const running = startedBackend();
  const isGone = running !== undefined && lossOf((running as TfjsWebGpu).device) !== undefined;
  if (running !== undefined && !isGone) {
    const backend = asTfjsWebGpu(caller, running);
    if (given !== undefined && given !== backend.device) throw tooLate();
    requirePrecision(backend.device, precision);
    return finish(backend, undefined, "tfjs's", precision, () => {});
  }
  if (given !== undefined) {
    requirePrecision(given, precision);
    const info = given.adapterInfo;
    const { backend, restoreFactory } = await startOn(caller, given, info);
    return finish(backend, info, 'given', precision, restoreFactory);
  }
  const made = await requestDevice(caller, features);
  if ('reason' in made) return { registered: false, reason: made.reason };
  try {
    requirePrecision(made.device, precision);
  } catch (error) {
    made.device.destroy();
    throw error;
  }
  const { backend, restoreFactory } = await startOn(caller, made.device, made.info);
  return finish(backend, made.info, 'own', precision, restoreFactory);
}

async function finish(
  backend: TfjsWebGpu,
  info: GPUAdapterInfo | undefined,
  device: Registration['device'],
  precision: Precision = 'float32',
  restoreFactory: () => void,
): Promise<Registration> {
  await setBackend('webgpu');
  await ready();
  watchForLoss(backend.device);
  const undo = [
    restoreFactory,
    setPrecision(backend.device, precision), // before the kernels, which say their tolerance by it
    reportUncapturedErrors(backend.device),
    readsSayLoss(backend),
    applyRepairs(backend),
    addAll(kernels, () => currentBackend()),
  ];
  const { vendor = '', architecture = '', device: name = '', description = '' } = info ?? backend.device.adapterInfo ?? {};
  const registration: Registration = {
    registered: true,
    adapter: { vendor, architecture, device: name, description },
    features: [...backend.device.features].sort(),
    limits: limitsOf(backend.device.limits),
    device,
    precision,
    kernels: kernels.map((kernel) => kernel.name),
    repairs: repairs.map((repair) => repair.name),
    trim: () => trim(backend),
    tune: (run) => tune(backend, run),
    unregister() {
      if (registered?.registration !== registration) return;
      registered = undefined;
      for (const each of undo.reverse()) each();
    },
  };
  registered = { backend, registration };
  return registration;
}

/** tfjs's webgpu backend as it is now: kernels ask for it at each call. */
function currentBackend(): TfjsWebGpu {
  return asTfjsWebGpu(caller, engine().backend);
}

/** By its form: a page and its frames have classes of their own. */
const isDevice = (given: object): boolean =>
  ['createComputePipeline', 'createBuffer'].every((name) => name in Object(given)) && 'lost' in given;

const noDevice = (given: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'device must be a GPUDevice.',
    expected: 'what adapter.requestDevice() resolves to',
    got: show(given),
    remedy: 'await it, or leave device out for one that is made here.',
  });

const tooLate = (): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the device must be given before the webgpu backend starts.',
    expected: 'register({ device }) before the first operation on webgpu, and once',
    got: 'a device beside a backend that has another one',
    remedy: "call register({ device }) first; after unregister(), removeBackend('webgpu') ends the old one with its tensors.",
  });

const twoDevices = (features: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: 'pass either device or features, not both.',
    expected: 'a device, or features of one that is made here',
    got: `both; features: ${show(features)}`,
    remedy: 'request the device with the features.',
  });

const noPrecision = (given: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: "precision must be 'float32' or 'float16'.",
    expected: "'float32' or 'float16'",
    got: show(given),
    remedy: 'leave it out for float32.',
  });

/** Before anything is started on the device. */
function requirePrecision({ features }: GPUDevice, precision: Precision | undefined): void {
  if (precision !== 'float16' || features.has('shader-f16')) return;
  throw new ConfigError({
    caller,
    problem: "precision 'float16' needs a device with shader-f16.",
    expected: 'shader-f16 among its features',
    got: [...features].join(', ') || 'none',
    remedy: "leave precision out, or register() before tfjs's webgpu backend starts, on an adapter that has shader-f16.",
  });
}

const otherPrecision = (before: Precision): ConfigError =>
  new ConfigError({
    caller,
    problem: 'precision must be given with the first call.',
    expected: `'${before}', as it was registered, or none`,
    got: 'another one',
    remedy: 'call unregister() first.',
  });
