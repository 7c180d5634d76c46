import { type Arrays, valuesOf } from './arrays.ts';
import { type Duel, packagesOf, sizes, threads } from './input.ts';
import { installed } from './installed.ts';
import { denseAttentionGraph, type OnnxProto } from './onnx-graph.ts';
import { type Peer, timing } from './peer.ts';

/** As much of ONNX Runtime as is used: https://onnxruntime.ai/docs/api/js/ */
interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly Tensor: new (type: 'float32', values: Float32Array, dims: readonly number[]) => object;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}
interface Session {
  run(feeds: object): Promise<{ readonly out: { readonly dims: readonly number[]; readonly data: Float32Array } }>;
  release(): Promise<void>;
}

/** Dense attention with the window as an n x n mask: ONNX has no windows. */
export async function onnxPeer(
  library: 'onnxruntime-node' | 'onnxruntime-web',
  { n }: Duel,
  folder: string,
  inputs: Arrays,
): Promise<Peer> {
  const runtime = installed(folder, library) as OnnxRuntime;
  runtime.env.wasm.numThreads = threads;
  const graph = denseAttentionGraph(installed(folder, 'onnx-proto') as OnnxProto, { ...sizes, n });
  const session = await runtime.InferenceSession.create(graph, {
    executionProviders: [library === 'onnxruntime-node' ? 'cpu' : 'wasm'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const feeds = Object.fromEntries(
    ['q', 'k', 'v'].map((name) => [name, new runtime.Tensor('float32', valuesOf(inputs, name), [1, sizes.heads, n, sizes.headDim])]),
  );
  const mask = new runtime.Tensor('float32', windowTable(n), [n, n]);
  const call = () => session.run({ ...feeds, mask });
  const { out } = await call();
  return {
    answers: { out: { shape: out.dims, values: out.data } },
    version: `${library} ${packagesOf[library][library]}`,
    times: timing(call),
    close: () => session.release(),
  };
}

/** 0 where the query attends to the key, −1e9 elsewhere. */
function windowTable(n: number): Float32Array {
  const table = new Float32Array(n * n).fill(-1e9);
  for (let query = 0; query < n; query++) table.fill(0, query * n + Math.max(0, query - sizes.left), query * n + query + 1);
  return table;
}
