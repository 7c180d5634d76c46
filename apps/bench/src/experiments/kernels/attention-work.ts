import { sparseAttention } from '@longspan/attention-sparse';
import { relativePositions } from '@longspan/core-tensor';
import { type Key, randomNormal } from '@longspan/core-tensor/key';
import { dispose, grads, type Tensor, type Tensor4D, tensor2d, tensor3d } from '@tensorflow/tfjs-core';
import { denseTfjs, windowMask } from '../../attention/dense.ts';
import type { Pass } from '../../attention/method.ts';
import { checkRows } from '../../attention/row-check.ts';
import { type AttentionProblem, attentionProblem, causalWindow, checkGradientRows } from './attention-problem.ts';
import type { Bench } from './bench.ts';
import { type Composition, denseComposition, windowComposition } from './compositions.ts';
import { type Contender, contest, timesAsLong, timesFaster } from './contest.ts';
import type { AttentionSize, KernelFigures, Rival } from './input.ts';
import type { Swap } from './swap-kernels.ts';

type AttentionInput = AttentionSize & { readonly pass: Pass; readonly rival: Rival };

/** Our attention against a rival, each checked against rows in double precision. */
export async function measureAttention(input: AttentionInput, bench: Bench): Promise<KernelFigures['measured']> {
  const { key, random, swap, pace, onRound } = bench;
  const problem = attentionProblem(input, key);
  const rival = rivalOf(input, problem, swap);
  const ours = ownKernels(input, problem, swap);
  const head = input.rival === 'no relative term' ? relativeTerm(input, problem, swap, key) : ours;
  const tried = await checkContender(rival, input, problem, random);
  await checkContender(ours, input, problem, random);
  const result = await contest({ ...rival, tried }, head, pace, random, onRound);
  return { time: input.rival === 'no relative term' ? timesAsLong(result) : timesFaster(result) };
}

/** Our kernels as users call them, forward or forward and backward. */
export function ownKernels(
  { pass, left }: Pick<AttentionInput, 'pass' | 'left'>,
  { tensors, dy }: Pick<AttentionProblem, 'tensors' | 'dy'>,
  swap: Swap,
  threads = 1,
): Contender {
  const mask = causalWindow(left);
  const forward = (q: Tensor, k: Tensor, v: Tensor): Tensor[] => {
    const { out, logSumExp } = sparseAttention(q, k, v, { mask });
    return [out, logSumExp];
  };
  const gradient = grads((q: Tensor, k: Tensor, v: Tensor) => sparseAttention(q, k, v, { mask }).out);
  return {
    name: `Longspan on ${threads} thread${threads > 1 ? 's' : ''}`,
    takeOver: () => swap.ours(threads),
    run: () => (pass === 'forward' ? forward(...tensors) : gradient([...tensors], dy)),
  };
}

/** Transformer-XL's term over all distances of the window, fused into our kernels. */
function relativeTerm({ pass, heads, headDim, left }: AttentionInput, { tensors, dy }: AttentionProblem, swap: Swap, key: Key): Contender {
  const mask = causalWindow(left);
  const drawn = (name: string, count: number): Float32Array => randomNormal(key.fold(name), count);
  const term = {
    r: tensor3d(drawn('r', heads * (left + 1) * headDim), [heads, left + 1, headDim]),
    u: tensor2d(drawn('u', heads * headDim), [heads, headDim]),
    v: tensor2d(drawn('relative v', heads * headDim), [heads, headDim]),
  };
  const attend = (q: Tensor, k: Tensor, v: Tensor, r: Tensor, u: Tensor, w: Tensor): Tensor =>
    sparseAttention(q, k, v, { mask, score: [relativePositions({ r, u, v: w })] }).out;
  const gradient = grads(attend);
  const inputs = [...tensors, term.r, term.u, term.v] as const;
  return {
    name: 'with the relative term',
    takeOver: () => swap.ours(),
    run: () => (pass === 'forward' ? attend(...inputs) : gradient([...inputs], dy)),
  };
}

function rivalOf(input: AttentionInput, problem: AttentionProblem, swap: Swap): Contender {
  const { n, left, rival, pass } = input;
  if (rival === 'no relative term') return ownKernels(input, problem, swap);
  if (rival === 'dense') return denseAsWritten(input, problem, swap);
  const composition: Composition =
    rival === 'dense composition' ? denseComposition(windowMask(n, left)) : windowComposition({ n, left, rows: 256 });
  const { tensors, dy } = problem;
  return {
    name: rival,
    takeOver: swap.stock,
    run: () =>
      pass === 'forward'
        ? composition.forward(...tensors)
        : [composition.forward(...tensors), ...composition.gradient(...tensors, dy)].slice(1),
  };
}

/** softmax(q kᵀ / √d + mask) v, and tfjs's own automatic gradient of it. */
export function denseAsWritten(
  { n, left, pass }: Pick<AttentionInput, 'n' | 'left' | 'pass'>,
  { tensors, dy }: Pick<AttentionProblem, 'tensors' | 'dy'>,
  swap: Swap,
  name = 'tfjs-wasm, dense as written',
): Contender {
  const mask = windowMask(n, left);
  const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor => denseTfjs(q as Tensor4D, k as Tensor4D, v as Tensor4D, mask);
  const gradient = grads(attend);
  return {
    name,
    takeOver: swap.stock,
    run: () => (pass === 'forward' ? attend(...tensors) : gradient([...tensors], dy)),
  };
}

/**
 * Runs a contender and recomputes rows of what it gives.
 * @returns seconds of the run
 */
export async function checkContender(
  { name, takeOver, run }: Contender,
  { pass }: Pick<AttentionInput, 'pass'>,
  problem: AttentionProblem,
  random: () => number,
): Promise<number> {
  await takeOver();
  const start = performance.now();
  const results = [run()].flat() as Tensor[];
  const seconds = (performance.now() - start) / 1000;
  const values = await Promise.all(results.map((tensor) => tensor.data()));
  dispose(results);
  try {
    if (pass === 'forward') checkRows(values[0] as Float32Array, problem, Math.floor(random() * 2 ** 31));
    else {
      const [q, k, v] = values as [Float32Array, Float32Array, Float32Array];
      checkGradientRows(problem, { q, k, v }, random);
    }
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return seconds;
}
