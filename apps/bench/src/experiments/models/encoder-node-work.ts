import { createKey } from '@longspan/core-tensor/key';
import { fromPretrained } from '@longspan/models';
import { bert } from '@longspan/models/bert';
import { dispose, tensor2d } from '@tensorflow/tfjs-core';
import type { Timed } from '../../figures/alternate.ts';
import { randomStream } from '../../figures/random-stream.ts';
import type { Reporter } from '../../process/work.ts';
import { compareArrays } from '../peers/arrays.ts';
import { type OnnxSession, outputOf } from '../peers/onnx-runtime.ts';
import { openSession } from '../peers/onnx-session.ts';
import { timing } from '../peers/peer.ts';
import { savedCheckpoint } from './checkpoint.ts';
import { drawnIds } from './drawn-ids.ts';
import { exportedGraph } from './exported-graph.ts';
import type { EncoderFigures, EncoderInput } from './input.ts';
import { graphOutput, onnxFeeds } from './onnx-feeds.ts';
import { startOnThreads } from './start-on-threads.ts';
import { takeTurns } from './take-turns.ts';

/** A short encoder over a batch of texts in Node, beside ONNX Runtime with the graph that torch exports of the same folder. */
export async function measureEncoderInNode(input: EncoderInput, reporter: Reporter): Promise<EncoderFigures> {
  const { checkpoint, batch, pace, torch, seed, peer, installed, instructions } = input;
  const registration = await startOnThreads(instructions);
  await reporter.started();
  await reporter.progress({ done: 0, label: 'exporting the graph, comparing the answers' });
  const folder = await savedCheckpoint(checkpoint);
  const graph = await exportedGraph(torch, folder);
  const { model, parameters, dispose: disposeWeights } = await fromPretrained(folder, { family: bert, head: 'model' });
  const words = drawnIds(batch.texts * batch.tokens, checkpoint.size.vocabulary, seed);
  const ids = tensor2d(words, [batch.texts, batch.tokens], 'int32');
  const run = () => {
    const { hidden, pooled } = model.apply(parameters, ids);
    if (pooled !== undefined) pooled.dispose();
    return hidden;
  };
  let session: OnnxSession | undefined;
  try {
    const first = run();
    const answers = { hidden: { shape: first.shape, values: (await first.data()) as Float32Array } };
    dispose(first);
    let [theirs, error, peerFailed, version]: [Timed?, number?, string?, string?] = [];
    try {
      const opened = await openSession(peer, installed, graph);
      session = opened.session;
      version = opened.version;
      const feeds = onnxFeeds(opened.runtime, words, batch);
      const call = () => opened.session.run(feeds);
      const { dims, data } = outputOf(await call(), graphOutput);
      theirs = { times: timing(call) };
      error = compareArrays({ hidden: { shape: dims, values: data } }, answers);
    } catch (failure) {
      if (theirs !== undefined) throw failure; // an answer that differs is no failure of theirs
      peerFailed = failure instanceof Error ? failure.message : String(failure);
    }
    const ours: Timed = { times: timing(async () => dispose(run())) }; // the kernels are synchronous
    const random = randomStream(createKey(seed).fold('draws'));
    return {
      kind: 'encoder',
      ...(await takeTurns(ours, theirs, { pace, random, reporter })),
      ...(error === undefined ? {} : { error }),
      ...(peerFailed === undefined ? {} : { peerFailed }),
      versions: [...(version === undefined ? [] : [version]), `Longspan's build for ${registration.instructions}`],
    };
  } finally {
    await session?.release();
    ids.dispose();
    disposeWeights();
    registration.unregister(); // ends the threads
  }
}
