import { blockSparseAttentionConformance } from '../../../tooling/conformance/block-sparse-attention/suite.ts';
import { blockSparseAttentionKernel } from '../src/kernels/contract/block-sparse-attention/block-sparse-attention.ts';
import { builds, openBuild } from './builds.ts';

const places = builds.map((build) => ({
  label: `our kernels for ${build.instructions} on ${build.threads} threads`,
  kernel: 'wasm-simd',
  enter: async () => {
    const open = await openBuild(build);
    const remove = blockSparseAttentionKernel.add(open.runtimeOf);
    return () => {
      remove();
      open.close();
    };
  },
}));

blockSparseAttentionConformance(places, { longest: 200 });
