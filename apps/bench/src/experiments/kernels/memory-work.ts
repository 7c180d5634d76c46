import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { watchPeak } from '../../figures/memory-peak.ts';
import { attentionProblem, checkGradientRows } from './attention-problem.ts';
import { ownKernels } from './attention-work.ts';
import type { Bench } from './bench.ts';
import type { AttentionSize, KernelFigures } from './input.ts';

/** Resident bytes at the peak of one forward and backward pass, less those with only q, k, v and the cotangent in place. */
export async function measureMemory(size: AttentionSize, { key, random, swap }: Bench): Promise<KernelFigures['samples']> {
  await swap.ours();
  const problem = attentionProblem(size, key);
  const { run } = ownKernels({ ...size, pass: 'forward+backward' }, problem, swap);
  const peak = watchPeak();
  const gradients = run() as Tensor[];
  const { bytes } = peak();
  const [q, k, v] = (await Promise.all(gradients.map((tensor) => tensor.data()))) as [Float32Array, Float32Array, Float32Array];
  checkGradientRows(problem, { q, k, v }, random);
  dispose(gradients);
  return { peakBytes: bytes, tensorBytes: 8 * 4 * size.n * size.heads * size.headDim };
}
