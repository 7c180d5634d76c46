import { createRequire } from 'node:module';
import { join } from 'node:path';
import { npmPackages, type PeerFigures, sizes, type Timing, threads, type Where } from './input.ts';
import { denseAttentionGraph, type OnnxProto } from './onnx-graph.ts';
import { readArrays } from './tensor-file.ts';
import { timeRuns } from './time-runs.ts';
import { files, works } from './works.ts';

/** As much of ONNX Runtime as is used: https://onnxruntime.ai/docs/api/js/ */
interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly Tensor: new (type: 'float32', values: Float32Array, dims: readonly number[]) => object;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{ run(feeds: object): Promise<Readonly<Record<string, { readonly data: Float32Array }>>>; release(): Promise<void> }>;
  };
}

/** Dense attention with the window as an n x n mask. */
export async function measureOnnx(
  library: 'onnxruntime-node' | 'onnxruntime-web',
  { folder, lengths, runSeconds }: Where & { readonly runSeconds: number },
): Promise<PeerFigures> {
  const require = createRequire(join(folder, 'package.json'));
  const proto = require('onnx-proto') as OnnxProto;
  const runtime = require(library) as OnnxRuntime;
  runtime.env.wasm.numThreads = threads;
  const provider = library === 'onnxruntime-node' ? 'cpu' : 'wasm';
  const { heads, headDim } = sizes;
  const timings: Record<string, Timing> = {};
  for (const n of lengths) {
    const { out, ...inputs } = readArrays(folder, files.attention(n));
    const start = async () => {
      const graph = denseAttentionGraph(proto, { heads, n, headDim });
      const session = await runtime.InferenceSession.create(graph, {
        executionProviders: [provider],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
      });
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, { shape, values }]) => [name, new runtime.Tensor('float32', values, shape)]),
      );
      return { session, feeds: { ...feeds, mask: new runtime.Tensor('float32', windowTable(n), [n, n]) } };
    };
    let started: Awaited<ReturnType<typeof start>> | undefined;
    timings[works.attention(n)] = await timeRuns(
      async () => {
        started ??= await start(); // with the first, untimed run
        const results = await started.session.run(started.feeds);
        return results['out']?.data ?? [];
      },
      out?.values ?? [],
      runSeconds,
    );
    await started?.session.release();
  }
  return { timings, versions: [`${library} ${npmPackages[library]}`] };
}

/** 0 where the query sees the key, −1e9 elsewhere. */
function windowTable(n: number): Float32Array {
  const table = new Float32Array(n * n).fill(-1e9);
  for (let query = 0; query < n; query++) table.fill(0, query * n + Math.max(0, query - sizes.left), query * n + query + 1);
  return table;
}
