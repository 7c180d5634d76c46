import { type Arrays, valuesOf } from './arrays.ts';
import { type Duel, sizes } from './input.ts';
import { installed } from './installed.ts';
import { denseAttentionGraph, type OnnxProto } from './onnx-graph.ts';
import { outputOf } from './onnx-runtime.ts';
import { openSession } from './onnx-session.ts';
import { type Peer, timing } from './peer.ts';

/** Dense attention with the window as an n x n mask: ONNX has no windows. */
export async function onnxPeer(
  library: 'onnxruntime-node' | 'onnxruntime-web',
  { n }: Duel,
  folder: string,
  inputs: Arrays,
): Promise<Peer> {
  const graph = denseAttentionGraph(installed(folder, 'onnx-proto') as OnnxProto, { ...sizes, n });
  const { runtime, session, version } = await openSession(library, folder, graph);
  const feeds = Object.fromEntries(
    ['q', 'k', 'v'].map((name) => [name, new runtime.Tensor('float32', valuesOf(inputs, name), [1, sizes.heads, n, sizes.headDim])]),
  );
  const mask = new runtime.Tensor('float32', windowTable(n), [n, n]);
  const call = () => session.run({ ...feeds, mask });
  const out = outputOf(await call(), 'out');
  return {
    answers: { out: { shape: out.dims, values: out.data } },
    version,
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
