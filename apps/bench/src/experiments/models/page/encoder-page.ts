import { fromPretrained } from '@longspan/models';
import { bert } from '@longspan/models/bert';
import type { Instructions } from '@longspan/wasm-backend';
import { type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { compareArrays } from '../../peers/arrays.ts';
import { type OnnxRuntime, outputOf, sessionOptions } from '../../peers/onnx-runtime.ts';
import { timing } from '../../peers/peer.ts';
import type { Batch } from '../input.ts';
import { graphOutput, onnxFeeds } from '../onnx-feeds.ts';
import { startInPage } from './start-in-page.ts';

export interface OpenedEncoder {
  readonly threads: number;
  readonly threadsReason: string | undefined;
  readonly instructions: Instructions;
  /** How far ONNX Runtime's numbers are from ours; absent where it gave none. */
  readonly error?: number;
  readonly peerFailed?: string;
}

/** What the bench asks this page for. */
export interface EncoderPage {
  open(batch: Batch, ids: readonly number[], threads: number, instructions?: Instructions): Promise<OpenedEncoder>;
  times(side: 'ours' | 'theirs', runs: number): Promise<readonly number[]>;
}

type Calls = Record<'ours' | 'theirs', (() => Promise<unknown>) | undefined>;
const calls: Calls = { ours: undefined, theirs: undefined };

async function open(batch: Batch, ids: readonly number[], threads: number, instructions?: Instructions): Promise<OpenedEncoder> {
  const registration = await startInPage({ threads, ...(instructions && { instructions }) });
  const { model, parameters } = await fromPretrained(new URL('/checkpoint/', location.href).href, { family: bert, head: 'model' });
  const words = Int32Array.from(ids);
  const x = tensor2d(words, [batch.texts, batch.tokens], 'int32');
  const run = (): Tensor => {
    const { hidden, pooled } = model.apply(parameters, x);
    pooled?.dispose();
    return hidden;
  };
  const first = run();
  const answers = { hidden: { shape: first.shape, values: (await first.data()) as Float32Array } };
  first.dispose();
  calls.ours = async () => run().dispose(); // the kernels are synchronous
  const started = {
    threads: registration.threads,
    threadsReason: registration.threadsReason,
    instructions: registration.instructions,
  };
  try {
    const call = await openTheirs(words, batch, threads);
    const { dims, data } = outputOf(await call(), graphOutput);
    calls.theirs = call;
    return { ...started, error: compareArrays({ hidden: { shape: dims, values: data } }, answers) };
  } catch (error) {
    if (calls.theirs !== undefined) throw error; // an answer that differs is no failure of theirs
    return { ...started, peerFailed: error instanceof Error ? error.message : String(error) };
  }
}

async function openTheirs(words: Int32Array, batch: Batch, threads: number) {
  const place = new URL('/ort/', location.href).href;
  const runtime = (await import(`${place}ort.wasm.min.mjs`)) as OnnxRuntime;
  Object.assign(runtime.env.wasm, { numThreads: threads, wasmPaths: place });
  const session = await runtime.InferenceSession.create('/checkpoint/encoder.onnx', sessionOptions('wasm'));
  const feeds = onnxFeeds(runtime, words, batch);
  return () => session.run(feeds);
}

const page: EncoderPage = {
  open,
  async times(side, runs) {
    const call = calls[side];
    if (call === undefined) throw new Error(`${side} was not opened`);
    return await timing(call)(runs);
  },
};
Object.assign(globalThis, { encoderPage: page });
