import { causal, cost, globalTokens, sparseAttention } from '@longspan/attention-sparse';
import { getFloat16, setFloat16 } from '@petamoriken/float16';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { checkRows } from '../../../attention/row-check.ts';
import { columnsOf } from '../../../figures/alternate.ts';
import { attentionProblem, causalWindow } from '../../kernels/attention-problem.ts';
import { contestOf, timesFaster } from '../../kernels/contest.ts';
import type { AttentionSize } from '../../kernels/input.ts';
import { globalTokenCount, type RuntimePrecision, type RuntimeWork } from '../input.ts';
import { runtimePoint } from '../points.ts';
import { runtimeVersion } from '../runtime/install-runtime.ts';
import { openRuntime } from '../runtime/open-runtime.ts';
import type { GpuBench, Work } from './gpu-bench.ts';
import { countCalls, noteOf, timeInTurns } from './on-device.ts';

/** float32 sums in another order; operands of 11 binary digits. */
const tolerances: Readonly<Record<RuntimePrecision, number>> = { float32: 1e-4, float16: 1e-2 };

/** Our attention, in a causal window and with global tokens, against that of onnxruntime-web on the same device; both are checked in double precision. */
export async function measureRuntime(size: AttentionSize & RuntimeWork & { readonly folder: string }, bench: GpuBench): Promise<Work> {
  const { key, random, device } = bench;
  const { n, heads, headDim, left, folder, pattern, precision } = size;
  const globals = pattern === 'local window' ? 0 : globalTokenCount;
  const mask =
    globals === 0
      ? causalWindow(left)
      : causalWindow(left)
          .or(globalTokens(Array.from({ length: globals }, (_, at) => at)))
          .and(causal());
  const problem = attentionProblem(size, key);
  const ours = {
    name: `Longspan, ${precision}`,
    takeOver: () => device.swap.ours(),
    run: () => {
      const { out, logSumExp } = sparseAttention(...problem.tensors, { mask });
      return [out, logSumExp];
    },
  };
  await device.swap.ours();
  const tuned = await device.tune(ours.run);
  const check = (side: string, values: Float32Array): void => {
    try {
      checkRows(values, { ...problem, globals }, Math.floor(random() * 2 ** 31), { tolerance: tolerances[precision] });
    } catch (error) {
      throw new Error(`${side}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const [out, logSumExp] = ours.run() as [Tensor, Tensor];
  check(ours.name, (await out.data()) as Float32Array);
  dispose([out, logSumExp]);
  const packed = (values: Float32Array) => (precision === 'float32' ? values : toHalves(values));
  const given = (values: Float32Array) => packed(pattern === 'local window' ? byTokens(values, size) : values);
  const runtime = await openRuntime(device.gpu, folder, size, size, {
    q: given(problem.q),
    k: given(problem.k),
    v: given(problem.v),
    mask: packed(globals === 0 ? new Float32Array(0) : hiddenPairs(n, left, globals)),
  });
  try {
    const answer = await runtime.run();
    const numbers = await answer.getData();
    const floats = numbers instanceof Uint16Array ? fromHalves(numbers) : numbers;
    check(runtimeVersion, pattern === 'local window' ? byHeads(floats, size) : floats);
    answer.dispose();
    const theirs = {
      name: `${runtimeVersion}, ${precision}`,
      takeOver: async () => {},
      run: async () => {
        (await runtime.run()).dispose();
        return undefined;
      },
    };
    const { flops } = cost(mask, { queryLength: n, heads, headDim });
    const row = runtimePoint(size);
    const counted = await countCalls(bench, row, [
      { side: theirs, flops },
      { side: ours, flops },
    ]);
    const rounds = await timeInTurns(bench, [theirs, ours]);
    if (rounds === undefined) return { counted, measured: {} };
    const [ofTheirs, ofOurs] = columnsOf(rounds, 2) as [number[], number[]];
    return { counted, measured: { [row]: timesFaster(contestOf(ofTheirs, ofOurs, random)) }, ...noteOf(row, tuned) };
  } finally {
    await runtime.close();
  }
}

/** What onnxruntime-web adds to the scores: far below all others where a pair is hidden. */
function hiddenPairs(n: number, left: number, globals: number): Float32Array {
  const mask = new Float32Array(n * n).fill(-1e4);
  for (let query = 0; query < n; query++) {
    mask.fill(0, query * n, query * n + Math.min(globals, query + 1));
    mask.fill(0, query * n + Math.max(0, query - left), query * n + query + 1);
  }
  return mask;
}

/** [heads, n, headDim] as [n, heads, headDim], which is how onnxruntime-web takes it. */
function byTokens(values: Float32Array, { n, heads, headDim }: AttentionSize): Float32Array {
  const out = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    for (let token = 0; token < n; token++) {
      out.set(values.subarray((head * n + token) * headDim, (head * n + token + 1) * headDim), (token * heads + head) * headDim);
    }
  }
  return out;
}

/** And back: the same with heads and tokens in each other's place. */
const byHeads = (values: Float32Array, { n, heads, headDim, left }: AttentionSize): Float32Array =>
  byTokens(values, { n: heads, heads: n, headDim, left });

const toHalves = (values: Float32Array): Uint16Array => {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  for (const [at, value] of values.entries()) setFloat16(view, 2 * at, value, true);
  return new Uint16Array(view.buffer);
};

const fromHalves = (halves: Uint16Array): Float32Array => {
  const view = new DataView(halves.buffer, halves.byteOffset, halves.byteLength);
  return Float32Array.from(halves, (_, at) => getFloat16(view, 2 * at, true));
};
