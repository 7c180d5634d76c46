import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { forgetBackend } from '@longspan/core-tensor/kernel';
import '@tensorflow/tfjs'; // registers tfjs's gradients
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { enableProdMode, env, findBackendFactory, ready, registerBackend, setBackend } from '@tensorflow/tfjs-core';
import { startDawn } from '../webgpu/index.ts';

/** The tfjs backends that fixtures can be replayed on. */
export const backends = ['cpu', 'wasm', 'webgpu'] as const;
export type Backend = (typeof backends)[number];

/** What has to be done before a backend starts. Prints nothing: standard output belongs to the report. */
export function prepareBackends(): void {
  enableProdMode();
  setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
}

/** Gives the process WebGPU, then loads tfjs's backend for it, which looks for it then. Small operations too run on the device. */
export async function prepareWebGpu(): Promise<void> {
  await startDawn();
  await import('@tensorflow/tfjs-backend-webgpu');
  env().set('WEBGPU_CPU_FORWARD', false);
}

/** Makes that backend the current one. */
export async function startBackend(backend: Backend): Promise<void> {
  prepareBackends();
  if (backend === 'webgpu') await prepareWebGpu();
  if (!(await setBackend(backend))) throw new Error(`the tfjs backend ${backend} must start`);
  await ready();
}

/**
 * Gives the backend a new memory after a WebAssembly trap, which leaves the old one unusable: one case that asks for too much
 * must not fail all cases after it. Tensors that are alive are lost.
 */
export async function restartBackend(backend: Backend): Promise<void> {
  const factory = findBackendFactory(backend);
  // Not removeBackend: it disposes the old instance, and that traps again.
  forgetBackend(backend);
  registerBackend(backend, factory);
  await setBackend(backend);
}

export const isTrap = (error: unknown): boolean => error instanceof WebAssembly.RuntimeError;
