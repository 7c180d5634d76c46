import { causal, createLayout } from '@longspan/attention-sparse';
import { alibi, createKey, normal } from '@longspan/core-tensor';
import { attentionCall } from '@longspan/core-tensor/kernel';
import { expectClose, withBackend } from '@longspan/tooling/expect';
import { backend, dispose, fill, type Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { compileKernels } from '../src/binary/load.ts';
import { heapOf } from '../src/heap/heap.ts';
import { attentionInWasm } from '../src/kernels/contract/block-sparse-attention/block-sparse-attention.ts';
import { runtimesOf } from '../src/runtime/runtime.ts';
import type { TfjsWasm } from '../src/tfjs/tfjs-wasm.ts';

const draw = (name: string, shape: readonly number[]): Tensor => normal(createKey(name), shape);

it('attention is right where the heap grows in the middle of a call', async () => {
  await withBackend('wasm');
  const kernel = attentionInWasm(runtimesOf(await compileKernels()));
  const size = 512;
  const layout = createLayout(causal(), { queryLength: size, blockSize: 64 });
  const [q, k, v] = [draw('q', [1, 4, size, 62]), draw('k', [1, 4, size, 62]), draw('v', [1, 4, size, 62])];
  const call = attentionCall('test', q, k, v, { layout, scale: 0.1, score: [alibi(draw('slopes', [4]))] });
  const cotangents = { outCotangent: v, logSumExpCotangent: draw('lse', [1, 4, size]) };
  const heap = (): number => heapOf(backend() as TfjsWasm).memory().buffer.byteLength;
  const expected = kernel.forward(call);
  const expectedGradients = kernel.backward(call, { ...expected, ...cotangents }) as readonly Tensor[];
  const filler: Tensor[] = [];
  /** Runs with less and less free space, until the heap grew while it ran. */
  const untilItGrows = async (run: () => readonly Tensor[], right: readonly Tensor[]): Promise<void> => {
    for (let round = 0, grew = false; !grew; round++) {
      expect(round).toBeLessThan(2000);
      filler.push(fill([2 ** 16], round));
      const before = heap();
      const results = run();
      grew = heap() > before;
      for (const [at, result] of (grew ? results : []).entries()) {
        expectClose(await result.data(), await (right[at] as Tensor).data(), { atol: 0, rtol: 0 }, `result ${at}`);
      }
      dispose([...results]);
    }
  };
  await untilItGrows(() => Object.values(kernel.forward(call)) as Tensor[], Object.values(expected) as Tensor[]);
  await untilItGrows(() => kernel.backward(call, { ...expected, ...cotangents }) as Tensor[], expectedGradients);
  dispose([...filler, expected.out, expected.logSumExp, ...expectedGradients]);
});
