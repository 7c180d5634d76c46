import { cost } from '@longspan/attention-sparse';
import { getFloat16, setFloat16 } from '@petamoriken/float16';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { checkRows } from '../../../attention/row-check.ts';
import { columnsOf } from '../../../figures/alternate.ts';
import { attentionProblem, causalWindow } from '../../kernels/attention-problem.ts';
import { ownKernels } from '../../kernels/attention-work.ts';
import { contestOf, timesFaster } from '../../kernels/contest.ts';
import type { AttentionSize } from '../../kernels/input.ts';
import type { RuntimePrecision } from '../input.ts';
import { runtimeVersion } from '../runtime/install-runtime.ts';
import { openRuntime } from '../runtime/open-runtime.ts';
import type { GpuBench, Work } from './gpu-bench.ts';
import { countCalls, noteOf, timeInTurns } from './on-device.ts';

/** float32 sums in another order; operands of 11 binary digits. */
const tolerances: Readonly<Record<RuntimePrecision, number>> = { float32: 1e-4, float16: 1e-2 };

/** Our attention in a causal window against that of onnxruntime-web on the same device; both are checked in double precision. */
export async function measureRuntime(
  size: AttentionSize & { readonly folder: string; readonly precision: RuntimePrecision },
  bench: GpuBench,
): Promise<Work> {
  const { key, random, device } = bench;
  const { n, heads, headDim, left, folder, precision } = size;
  const problem = attentionProblem(size, key);
  const ours = { ...ownKernels({ pass: 'forward', left }, problem, device.swap), name: `Longspan, ${precision}` };
  await device.swap.ours();
  const tuned = await device.tune(ours.run);
  const check = (values: Float32Array): number =>
    checkRows(values, problem, Math.floor(random() * 2 ** 31), { tolerance: tolerances[precision] });
  const [out, logSumExp] = ours.run() as [Tensor, Tensor];
  check((await out.data()) as Float32Array);
  dispose([out, logSumExp]);
  const given = (values: Float32Array) => (precision === 'float32' ? byTokens(values, size) : toHalves(byTokens(values, size)));
  const runtime = await openRuntime(device.gpu, folder, size, precision, {
    q: given(problem.q),
    k: given(problem.k),
    v: given(problem.v),
  });
  try {
    const answer = await runtime.run();
    const numbers = await answer.getData();
    check(byHeads(numbers instanceof Uint16Array ? fromHalves(numbers) : numbers, size));
    answer.dispose();
    const theirs = {
      name: `${runtimeVersion}, ${precision}`,
      takeOver: async () => {},
      run: async () => {
        (await runtime.run()).dispose();
        return undefined;
      },
    };
    const { flops } = cost(causalWindow(left), { queryLength: n, heads, headDim });
    const row = `local window, ${precision}`;
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
