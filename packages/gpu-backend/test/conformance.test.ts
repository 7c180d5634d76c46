import { describeConformance } from '@longspan/tooling/conformance';
import { register } from '../src/index.ts';

describeConformance(
  [
    {
      label: 'our kernels on webgpu',
      kernel: 'webgpu-tiles',
      enter: async () => {
        const made = await register();
        if (!made.registered) throw new Error(made.reason);
        return made.unregister;
      },
    },
  ],
  { longest: 100, isTested: (contract) => contract === 'BlockSparseAttention' },
);
