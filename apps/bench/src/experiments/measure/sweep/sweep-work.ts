import { causal, explain, type Mask, slidingWindow, sparseAttention } from '@longspan/attention-sparse';
import { createKey, randomNormal } from '@longspan/core-tensor/key';
import { dispose, grads, slice, type Tensor, type Tensor2D, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { type AttentionSize, attentionArrays } from '../../../attention/book-attention.ts';
import { denseTfjs, windowMask } from '../../../attention/dense.ts';
import { methods } from '../../../attention/method.ts';
import { checkGradientLaws, checkRows, type RowProblem } from '../../../attention/row-check.ts';
import { watchPeak } from '../../../figures/memory-peak.ts';
import { median } from '../../../figures/pairs.ts';
import { startBackend, wasmHeapBytes } from '../../../process/start-backend.ts';
import type { Reporter } from '../../../process/work.ts';
import { readText } from '../../../text/read-text.ts';
import { joined } from '../../../text/text.ts';
import type { SweepFigures, SweepInput } from './turns.ts';

interface Attention {
  run(): readonly Tensor[];
  validate(results: readonly Tensor[]): Promise<number>;
}

/** Measures one method, one pass and one length in this process: right first, then timed, then right again. */
export async function runTurn(input: SweepInput, reporter: Reporter): Promise<SweepFigures> {
  await startBackend(input.backend, input.method === 'dense' ? 'stock' : 'longspan');
  const bytes = joined((await readText(input.source)).pieces);
  await mixedWork(input, bytes);

  const arrays = attentionArrays(bytes, input, createKey(input.seed).fold('book attention'));
  const problem: RowProblem = { ...arrays, ...input };
  const shape: [number, number, number, number] = [1, input.heads, input.n, input.headDim];
  const [q, k, v] = [tensor4d(arrays.q, shape), tensor4d(arrays.k, shape), tensor4d(arrays.v, shape)];
  const cotangent = input.pass === 'forward' ? undefined : cotangentArray(input);
  const peak = watchPeak();
  const attention = prepare(input, problem, [q, k, v], cotangent && tensor4d(cotangent, shape), cotangent);
  const kernel = input.method === 'dense' ? undefined : explain(q, k, v, { mask: windowOf(input.left) });

  await reporter.started();
  const first = await timed(attention.run);
  const peakBytes = peak().bytes;
  const heapBytes = wasmHeapBytes();
  let error = await attention.validate(first.results);
  dispose([...first.results]);

  const times = first.seconds > input.repeatUnderSeconds ? [first.seconds] : [];
  for (let spent = first.seconds; spent <= input.repeatUnderSeconds && times.length < 5; ) {
    const { seconds, results } = await timed(attention.run);
    times.push(seconds);
    spent += seconds;
    error = await attention.validate(results);
    dispose([...results]);
  }
  return {
    kind: 'sweep',
    seconds: median(times),
    runs: times.length,
    firstSeconds: first.seconds,
    peakBytes,
    heapBytes,
    visitedFraction: kernel?.visitedFraction ?? 1,
    kernel: kernel === undefined ? 'stock tfjs ops' : `${kernel.kernel} (${kernel.reason})`,
    error,
  };
}

const windowOf = (left: number): Mask => slidingWindow({ left, right: 0 }).and(causal());

/** Both methods, both passes, short: else the timed call sites would know one kind of call only, which flatters them. */
async function mixedWork(input: SweepInput, bytes: Uint8Array): Promise<void> {
  const size = { ...input, n: 160, left: 40 };
  const arrays = attentionArrays(bytes, size, createKey(input.seed));
  const shape: [number, number, number, number] = [1, size.heads, size.n, size.headDim];
  const values = cotangentArray(size);
  const tensors = [tensor4d(arrays.q, shape), tensor4d(arrays.k, shape), tensor4d(arrays.v, shape)] as const;
  const cotangent = tensor4d(values, shape);
  for (const method of methods) {
    const { run, validate } = prepare({ ...size, method }, { ...arrays, ...size }, tensors, cotangent, values);
    const results = run();
    await validate(results);
    dispose([...results]);
  }
  dispose([...tensors, cotangent]);
}

function prepare(
  { method, left, n, seed }: Pick<SweepInput, 'method' | 'left' | 'n' | 'seed'>,
  problem: RowProblem,
  [q, k, v]: readonly [Tensor4D, Tensor4D, Tensor4D],
  cotangent: Tensor4D | undefined,
  cotangentValues: Float32Array | undefined,
): Attention {
  const forward = method === 'dense' ? denseForward(windowMask(n, left)) : windowForward(windowOf(left));
  if (cotangent === undefined || cotangentValues === undefined) {
    return {
      run: () => [forward(q, k, v)],
      validate: async ([out]) => checkRows(await (out as Tensor).data(), problem, seed),
    };
  }
  const gradient = grads(forward);
  return {
    run: () => gradient([q, k, v], cotangent),
    validate: async ([dq, dk, dv]) => {
      const [forQ, forK, forV] = await Promise.all([dq, dk, dv].map((tensor) => (tensor as Tensor).data()));
      return checkGradientLaws(problem, cotangentValues, {
        q: forQ as Float32Array,
        k: forK as Float32Array,
        v: forV as Float32Array,
      });
    },
  };
}

type Forward = (q: Tensor, k: Tensor, v: Tensor) => Tensor;

const denseForward =
  (mask: Tensor2D): Forward =>
  (q, k, v) =>
    denseTfjs(q as Tensor4D, k as Tensor4D, v as Tensor4D, mask);

const windowForward =
  (mask: Mask): Forward =>
  (q, k, v) =>
    tidy(() => sparseAttention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { mask }).out);

const cotangentArray = ({ n, heads, headDim, seed }: AttentionSize & { readonly seed: number }): Float32Array =>
  randomNormal(createKey(seed).fold('cotangent'), heads * n * headDim);

async function timed(run: () => readonly Tensor[]): Promise<{ seconds: number; results: readonly Tensor[] }> {
  const start = performance.now();
  const results = run();
  for (const result of results) await readOne(result); // the end of the work, where a backend computes after our back
  return { seconds: (performance.now() - start) / 1000, results };
}

async function readOne(tensor: Tensor): Promise<void> {
  const corner = slice(
    tensor,
    tensor.shape.map(() => 0),
    tensor.shape.map(() => 1),
  );
  await corner.data();
  corner.dispose();
}
