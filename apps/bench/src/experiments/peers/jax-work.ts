import { createRequire } from 'node:module';
import { join } from 'node:path';
import { npmPackages, type PeerFigures, sizes, type Timing, type Where } from './input.ts';
import { readArrays } from './tensor-file.ts';
import { timeRuns } from './time-runs.ts';
import { files, works } from './works.ts';

/** As much of jax-js as is used: https://jax-js.com/docs/. Its functions take their arguments over; `ref` keeps one. */
interface Jax {
  init(device: 'wasm'): Promise<readonly string[]>;
  defaultDevice(device: 'wasm'): string;
  jit(run: (q: JaxArray, k: JaxArray, v: JaxArray) => JaxArray): (q: JaxArray, k: JaxArray, v: JaxArray) => JaxArray;
  readonly numpy: { array(values: Float32Array, options: { shape: readonly number[] }): JaxArray };
  readonly nn: { dotProductAttention(q: JaxArray, k: JaxArray, v: JaxArray, options: object): JaxArray };
}
interface JaxArray {
  readonly ref: JaxArray;
  data(): Promise<Float32Array>;
}

/** Its own attention with its own window, compiled, on WebAssembly. */
export async function measureJax({ folder, lengths, runSeconds }: Where & { readonly runSeconds: number }): Promise<PeerFigures> {
  const jax = createRequire(join(folder, 'package.json'))('@jax-js/jax') as Jax;
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  const { heads, headDim, left } = sizes;
  const timings: Record<string, Timing> = {};
  for (const n of lengths) {
    const { q, k, v, out } = readArrays(folder, files.attention(n));
    const start = () => {
      const turned = (x: typeof q): JaxArray =>
        jax.numpy.array(tokensFirst(x?.values ?? new Float32Array(0), n, heads, headDim), { shape: [1, n, heads, headDim] });
      const run = jax.jit((a, b, c) => jax.nn.dotProductAttention(a, b, c, { isCausal: true, localWindowSize: [left, 0] }));
      return { run, inputs: [turned(q), turned(k), turned(v)] as const };
    };
    let started: ReturnType<typeof start> | undefined;
    const expected = tokensFirst(out?.values ?? new Float32Array(0), n, heads, headDim);
    timings[works.attention(n)] = await timeRuns(
      async () => {
        started ??= start();
        const [a, b, c] = started.inputs;
        return started.run(a.ref, b.ref, c.ref).data();
      },
      expected,
      runSeconds,
    );
  }
  return { timings, versions: [`jax-js ${npmPackages['@jax-js/jax']}`] };
}

/** [heads, n, d] as [n, heads, d]: how JAX keeps them. */
function tokensFirst(values: Float32Array, n: number, heads: number, headDim: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    for (let token = 0; token < n; token++) {
      const from = (head * n + token) * headDim;
      out.set(values.subarray(from, from + headDim), (token * heads + head) * headDim);
    }
  }
  return out;
}
