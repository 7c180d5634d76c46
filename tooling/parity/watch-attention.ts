import { blockSparseAttentionContract, choose } from '@longspan/core-tensor';

export interface AttentionWatch {
  /** The names of the kernels that took calls since this was asked last. */
  taken(): readonly string[];
  end(): void;
}

type Kernels = ReturnType<typeof blockSparseAttentionContract.kernels>;
type Call = Parameters<Kernels[number]['refuses']>[0];

/** Notes which kernels block-sparse attention runs on: stands before a backend's kernels and hands every call to the one whose turn it is. */
export function watchAttention(backend: string): AttentionWatch {
  const names = new Set<string>();
  const kernelFor = (call: Call): Kernels[number] => {
    const others = blockSparseAttentionContract.kernels(backend).filter(({ name }) => name !== 'watcher');
    const { kernel } = choose('parity', others, call);
    names.add(kernel.name);
    return kernel;
  };
  const end = blockSparseAttentionContract.addKernel(backend, {
    name: 'watcher',
    refuses: () => null,
    forward: (inputs, attributes) => kernelFor({ inputs, attributes }).run(inputs, attributes),
    save: { inputs: 'all', outputs: [0, 1] },
    gradient: ({ inputs, outputs }, cotangents, attributes) =>
      kernelFor({ inputs, attributes }).pull({ inputs, outputs }, cotangents, attributes),
  });
  return {
    taken() {
      const found = [...names].sort();
      names.clear();
      return found;
    },
    end,
  };
}
