import { signal } from '@preact/signals';
import { isCancelled } from './cancelled.ts';
import { connection } from './connection.ts';
import { type BackendName, describeDevice, type Trial } from './device.ts';

/** What the page computes on, and what was measured to choose it. */
export interface ChosenDevice {
  readonly backend: BackendName;
  readonly trials: readonly Trial[];
  /** Why this one, in a sentence. */
  readonly reason: string;
}

/** Undefined until it was measured. */
export const chosenDevice = signal<ChosenDevice | undefined>(undefined);

/** The folder in which the site lies: what workers load besides their scripts lies there. */
export const site = new URL('.', location.href).href;

/** ms that WebGPU may take to show what it can: an adapter in software takes minutes over its shaders. */
const patience = 15_000;

let pending: Promise<ChosenDevice> | undefined;

/** Measures the backends that are here, once per visit, and takes the fastest. */
export function chooseDevice(): Promise<ChosenDevice> {
  pending ??= measure().then(
    (found) => {
      chosenDevice.value = found;
      return found;
    },
    (error) => {
      pending = undefined;
      throw error;
    },
  );
  return pending;
}

/** Takes another one of those that were measured, as a person wants it. */
export function takeDevice(backend: BackendName): void {
  const measured = chosenDevice.peek();
  if (measured === undefined) return;
  const taken = { ...measured, backend };
  chosenDevice.value = taken;
  pending = Promise.resolve(taken);
}

async function measure(): Promise<ChosenDevice> {
  const trials = [await tried('wasm')];
  const missing: string[] = [];
  if (!('gpu' in navigator)) missing.push('this browser has no WebGPU');
  else {
    // An adapter that fails, or crashes, is one to do without.
    const gpu = await tried('webgpu', AbortSignal.timeout(patience)).catch((error: unknown) =>
      isCancelled(error) ? `it took longer than ${patience / 1000} s` : error instanceof Error ? error.message : String(error),
    );
    if (typeof gpu === 'string') missing.push(`WebGPU failed: ${gpu}`);
    else if (gpu.device.backend === 'webgpu') trials.push(gpu);
    else missing.push(gpu.device.note ?? 'there is no WebGPU here');
  }
  const best = trials.reduce((left, right) => (right.milliseconds < left.milliseconds ? right : left));
  const times = trials.map(({ device, milliseconds }) => `${describeDevice(device)} ${milliseconds.toFixed(1)} ms`).join(', ');
  const reason = `A causal window of 256 over 1,024 tokens, 4 heads of 64, forward and backward: ${times}${
    missing.length === 0 ? '' : `; ${missing.join('; ')}`
  }.`;
  return { backend: best.device.backend, trials, reason };
}

async function tried(backend: BackendName, signal?: AbortSignal): Promise<Trial> {
  const worker = connection('try-backend');
  try {
    return await worker.run((api) => api.tryBackend(site, backend), signal);
  } finally {
    worker.close();
  }
}
