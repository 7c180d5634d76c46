import { withBackend } from '@longspan/tooling/expect';
import { blockSparseAttentionConformance } from '../../../tooling/conformance/block-sparse-attention/suite.ts';

const reference = (backend: 'cpu' | 'wasm') => ({
  label: `the reference kernel on ${backend}`,
  kernel: 'reference',
  enter: async () => {
    await withBackend(backend);
    return () => {};
  },
});

// The reference's cost is by the block, and blocks may be of one token.
blockSparseAttentionConformance([reference('cpu')], { longest: 16 });
blockSparseAttentionConformance([reference('wasm')], { longest: 45 });
