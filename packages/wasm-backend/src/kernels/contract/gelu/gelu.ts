import { geluContract } from '@longspan/core-tensor/kernel';
import type { Runtime } from '../../../runtime/runtime.ts';
import { activate } from '../../job/activation.ts';

/** Puts GELU in WebAssembly in front of the reference. @returns takes it out again */
export const addGelu = (runtime: () => Runtime): (() => void) =>
  geluContract.addKernel('wasm', {
    name: 'wasm-simd',
    tolerance: { atol: 1e-6, rtol: 1e-6, reason: "the reference's erf is good to 1.5e-7, and large x multiply that" },
    forward([x], { approximation }) {
      const { heap } = runtime();
      const y = heap.makeOutput(x.shape);
      activate(runtime(), { activation: nameOf(approximation), count: x.size, x: heap.pointerOf(x), y: heap.pointerOf(y) });
      return [y];
    },
    gradient({ inputs: [x] }, [dy], { approximation }) {
      const { heap } = runtime();
      const dx = heap.makeOutput(x.shape);
      const gradient = { dy: heap.pointerOf(dy), dx: heap.pointerOf(dx) };
      activate(runtime(), { activation: nameOf(approximation), count: x.size, x: heap.pointerOf(x), gradient });
      return [dx];
    },
  });

const nameOf = (approximation: 'none' | 'tanh'): 'gelu' | 'geluTanh' => (approximation === 'none' ? 'gelu' : 'geluTanh');
