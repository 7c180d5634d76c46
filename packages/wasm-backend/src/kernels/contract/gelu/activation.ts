import type { Activation } from '@longspan/core-tensor';
import { type Runtime, runJob } from '../../../runtime/runtime.ts';

/** In the order of assembly/elementwise/activation.ts. */
const activations: readonly Activation[] = ['gelu', 'geluTanh', 'relu'];

/** 16 KiB of each operand. */
const countPerItem = 4096;

/** Addresses of `count` numbers each; results may lie where their operands do. */
export interface ActivationCall {
  readonly activation: Activation;
  readonly count: number;
  readonly x: number;
  /** Where the activation of x goes, where it is wanted. */
  readonly y?: number | undefined;
  /** The cotangents of y, and where those of x go: dy times the slope at x. */
  readonly gradient?: { readonly dy: number; readonly dx: number } | undefined;
}

export function activate(runtime: Runtime, { activation, count, x, y = 0, gradient }: ActivationCall): void {
  runJob(runtime, {
    kernel: runtime.kernels.activation,
    items: Math.ceil(count / countPerItem),
    scratchBytes: 64,
    // ActivationJob of assembly/elementwise/activation.ts
    fields: [x, y, gradient?.dy ?? 0, gradient?.dx ?? 0, count, countPerItem, activations.indexOf(activation)],
  });
}
