import { threads } from './input.ts';

/** As much of ONNX Runtime as is used: https://onnxruntime.ai/docs/api/js/ */
export interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number; wasmPaths?: string } };
  readonly Tensor: new (type: 'float32' | 'int64', values: Float32Array | BigInt64Array, dims: readonly number[]) => object;
  readonly InferenceSession: { create(model: Uint8Array | string, options: object): Promise<OnnxSession> };
}
export interface OnnxSession {
  run(feeds: object): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}
export interface OnnxTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** What a session is made with: it runs on as many threads as we do. */
export const sessionOptions = (provider: 'cpu' | 'wasm'): object => ({
  executionProviders: [provider],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
});

/** The one of that name among what a session gives. */
export function outputOf(outputs: Readonly<Record<string, OnnxTensor>>, name: string): OnnxTensor {
  const found = outputs[name];
  if (found === undefined) throw new Error(`the graph gives no "${name}"`);
  return found;
}
