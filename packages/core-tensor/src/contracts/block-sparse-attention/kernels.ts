import { type Choice, choose } from '../choose.ts';
import type { AttentionCall, AttentionKernel } from './call.ts';
import { reference } from './reference/index.ts';

const added = new Map<string, AttentionKernel[]>();

/**
 * Puts a kernel in front of a backend's list; the reference stays last. A backend package's `register()` calls this: importing
 * the package changes nothing. Adding a kernel of a name that is there already replaces it.
 * @returns takes the kernel out again
 */
export function addAttentionKernel(backendName: string, kernel: AttentionKernel): () => void {
  const others = (added.get(backendName) ?? []).filter(({ name }) => name !== kernel.name);
  added.set(backendName, [kernel, ...others]);
  return () => {
    added.set(
      backendName,
      (added.get(backendName) ?? []).filter((one) => one !== kernel),
    );
  };
}

/** All kernels of a backend in the order in which they are asked. */
export const attentionKernels = (backendName: string): readonly AttentionKernel[] => [...(added.get(backendName) ?? []), reference];

/** The kernel that a call would run on, and why; pure. */
export const chooseAttentionKernel = (backendName: string, call: AttentionCall): Choice<AttentionKernel> =>
  choose('blockSparseAttention', attentionKernels(backendName), call);

const warned = new Set<string>();

/** The kernel to run a call on; the first time that a faster one refuses for a reason, that reason is a warning. */
export function takeAttentionKernel(backendName: string, call: AttentionCall): AttentionKernel {
  const { kernel, reason } = chooseAttentionKernel(backendName, call);
  if (kernel !== attentionKernels(backendName)[0] && !warned.has(reason)) {
    warned.add(reason);
    console.warn(`blockSparseAttention runs on a slower kernel: ${reason}.`);
  }
  return kernel;
}
