import {
  type AttentionCall,
  type AttentionKernel,
  addAttentionKernel,
  attentionKernels,
  choose,
  referenceAttention,
} from '@longspan/core-tensor';

export interface AttentionWatch {
  /** The names of the kernels that took calls since this was asked last. */
  taken(): readonly string[];
  end(): void;
}

/** Notes which kernels block-sparse attention runs on: stands before a backend's kernels and hands every call to the one whose turn it is. */
export function watchAttention(backend: string): AttentionWatch {
  const names = new Set<string>();
  const kernelFor = (call: AttentionCall): AttentionKernel => {
    const others = attentionKernels(backend).filter((kernel) => kernel !== watcher);
    const { kernel } = choose('parity', others, call);
    names.add(kernel.name);
    return kernel;
  };
  const watcher: AttentionKernel = {
    name: 'watcher',
    tolerance: referenceAttention.tolerance,
    refuses: () => null,
    forward: (call) => kernelFor(call).forward(call),
    backward: (call, given) => kernelFor(call).backward(call, given),
  };
  const end = addAttentionKernel(backend, watcher);
  return {
    taken() {
      const found = [...names].sort();
      names.clear();
      return found;
    },
    end,
  };
}
