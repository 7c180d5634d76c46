import { withBackend } from '@longspan/tooling/expect';
import { blockSparseAttentionConformance } from '../../../tooling/conformance/block-sparse-attention/suite.ts';
import { register } from '../src/index.ts';
import { instructionSets } from '../src/instructions.ts';
import { allowRelaxedSimd } from './builds.ts';

const places = instructionSets.map((instructions) => ({
  label: `our kernels for ${instructions}`,
  kernel: 'wasm-simd',
  enter: async () => {
    allowRelaxedSimd();
    await withBackend('wasm');
    const { unregister } = await register({ instructions });
    return unregister;
  },
}));

blockSparseAttentionConformance(places, { longest: 200 });
