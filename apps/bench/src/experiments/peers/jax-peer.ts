import { type Arrays, valuesOf } from './arrays.ts';
import { type Duel, packagesOf, sizes } from './input.ts';
import { installed } from './installed.ts';
import { type Peer, timing } from './peer.ts';

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
  blockUntilReady(): Promise<JaxArray>;
  dispose(): void;
}

/** Its own attention with its own window, compiled, on WebAssembly. */
export async function jaxPeer({ n }: Duel, folder: string, inputs: Arrays): Promise<Peer> {
  const jax = installed(folder, '@jax-js/jax') as Jax;
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  const { heads, headDim, left } = sizes;
  const [q, k, v] = (['q', 'k', 'v'] as const).map((name) =>
    jax.numpy.array(turned(valuesOf(inputs, name), [heads, n, headDim]), { shape: [1, n, heads, headDim] }),
  ) as [JaxArray, JaxArray, JaxArray];
  const compiled = jax.jit((a, b, c) => jax.nn.dotProductAttention(a, b, c, { isCausal: true, localWindowSize: [left, 0] }));
  const call = (): JaxArray => compiled(q.ref, k.ref, v.ref);
  return {
    answers: { out: { shape: [1, heads, n, headDim], values: turned(await call().data(), [n, heads, headDim]) } },
    version: `jax-js ${packagesOf['jax-js']['@jax-js/jax']}`,
    times: timing(async () => (await call().blockUntilReady()).dispose()),
    close: async () => {},
  };
}

/** [a, b, d] as [b, a, d]: JAX keeps heads after tokens. */
function turned(values: Float32Array, [a, b, d]: readonly [number, number, number]): Float32Array {
  const out = new Float32Array(values.length);
  for (let first = 0; first < a; first++) {
    for (let second = 0; second < b; second++) {
      const from = (first * b + second) * d;
      out.set(values.subarray(from, from + d), (second * a + first) * d);
    }
  }
  return out;
}
