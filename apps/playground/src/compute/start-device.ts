import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers tfjs's gradients
import type { Registration } from '@longspan/gpu-backend';
import { register } from '@longspan/wasm-backend';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { BackendName, Device } from './device.ts';

/**
 * Starts a backend in this worker, with Longspan's kernels. WebGPU's part of the program is loaded only where it is wanted.
 * @param site the address of the folder in which the site lies: a worker's own is that of its script
 */
export async function startDevice(site: string, wanted: BackendName): Promise<Device> {
  tf.enableProdMode();
  if (wanted === 'webgpu') {
    const { register: registerWebgpu } = await import('@longspan/gpu-backend');
    const gpu = await registerWebgpu();
    if (gpu.registered) return { backend: 'webgpu', adapter: describeAdapter(gpu.adapter), threads: undefined, note: undefined };
    const wasm = await startWasm(site);
    return { ...wasm, note: `WebGPU was wanted and is not here: ${gpu.reason}` };
  }
  return startWasm(site);
}

async function startWasm(site: string): Promise<Device> {
  setWasmPaths(new URL('tfjs/', site).href);
  const { threads, threadsReason } = await register();
  return { backend: 'wasm', adapter: undefined, threads, note: threadsReason };
}

const describeAdapter = ({ vendor, architecture, description }: Registration['adapter']): string =>
  [vendor, architecture, description].filter((part) => part !== '').join(' ');
