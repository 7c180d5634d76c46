import { packagesOf, threads } from './input.ts';
import { installed } from './installed.ts';
import { type OnnxRuntime, type OnnxSession, sessionOptions } from './onnx-runtime.ts';

/** The library in this process, and a session of the graph: its bytes, or where its file lies. */
export async function openSession(
  library: 'onnxruntime-node' | 'onnxruntime-web',
  folder: string,
  graph: Uint8Array | string,
): Promise<{ readonly runtime: OnnxRuntime; readonly session: OnnxSession; readonly version: string }> {
  const runtime = installed(folder, library) as OnnxRuntime;
  runtime.env.wasm.numThreads = threads;
  const session = await runtime.InferenceSession.create(graph, sessionOptions(library === 'onnxruntime-node' ? 'cpu' : 'wasm'));
  return { runtime, session, version: `${library} ${packagesOf[library][library]}` };
}
