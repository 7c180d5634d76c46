import { geluContract } from '@longspan/core-tensor/kernel';
import type { Kernel } from '../../kernel.ts';
import { activate } from './activation.ts';

/** GELU in WebAssembly. */
export const geluKernel: Kernel = {
  name: geluContract.name,
  add: (runtimeOf) =>
    geluContract.addKernel('wasm', {
      name: 'wasm-simd',
      tolerance: { atol: 1e-6, rtol: 1e-6, reason: "the reference's erf is good to 1.5e-7, and large x multiply that" },
      forward([x], { approximation }) {
        const { heap } = runtimeOf();
        const y = heap.makeOutput(x.shape);
        activate(runtimeOf(), { activation: nameOf(approximation), count: x.size, x: heap.pointerOf(x), y: heap.pointerOf(y) });
        return [y];
      },
      gradient({ inputs: [x] }, [dy], { approximation }) {
        const { heap } = runtimeOf();
        const dx = heap.makeOutput(x.shape);
        const gradient = { dy: heap.pointerOf(dy), dx: heap.pointerOf(dx) };
        activate(runtimeOf(), { activation: nameOf(approximation), count: x.size, x: heap.pointerOf(x), gradient });
        return [dx];
      },
    }),
};

const nameOf = (approximation: 'none' | 'tanh'): 'gelu' | 'geluTanh' => (approximation === 'none' ? 'gelu' : 'geluTanh');
