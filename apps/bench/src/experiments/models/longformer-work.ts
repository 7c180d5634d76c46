import { createKey } from '@longspan/core-tensor/key';
import { fromPretrained, type Precision } from '@longspan/models';
import { longformer } from '@longspan/models/longformer';
import { dispose, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import type { Timed } from '../../figures/alternate.ts';
import { randomStream } from '../../figures/random-stream.ts';
import type { Reporter } from '../../process/work.ts';
import { timing } from '../peers/peer.ts';
import { savedCheckpoint } from './checkpoint.ts';
import { distance } from './distance.ts';
import { drawnIds } from './drawn-ids.ts';
import type { EncoderFigures, LongformerInput } from './input.ts';
import { startOnThreads } from './start-on-threads.ts';
import { takeTurns } from './take-turns.ts';
import { type TorchEncoder, torchEncoder } from './torch-encoder.ts';

/** The first token, as for classes of texts. */
const globals = [0];

/** How far numbers may be from PyTorch's float32, as a share of the size of all: a wrong mask or weight is farther off by far. */
export const allowed: Readonly<Record<Precision, number>> = { float32: 1e-4, float16: 5e-3, int8: 0.1 };

/** A Longformer over one text, beside PyTorch where it is there: answers compared first, then timed turn by turn. */
export async function measureLongformer(input: LongformerInput, reporter: Reporter): Promise<EncoderFigures> {
  const { checkpoint, tokens, precision, pace, torch, seed, instructions } = input;
  const registration = await startOnThreads(instructions);
  await reporter.started();
  await reporter.progress({ done: 0, label: 'reading the checkpoint' });
  const folder = await savedCheckpoint(checkpoint);
  const { model, parameters, dispose: disposeWeights } = await fromPretrained(folder, { family: longformer, head: 'model', precision });
  const words = drawnIds(tokens, checkpoint.size.vocabulary, seed);
  const ids = tensor2d(words, [1, tokens], 'int32');
  const run = () => model.apply(parameters, ids, { globals });
  let theirs: TorchEncoder | undefined;
  try {
    await reporter.progress({ done: 0, label: 'running once' });
    const first = run();
    const answers = (await first.hidden.data()) as Float32Array;
    disposeAll(first);
    const peakBytes = process.resourceUsage().maxRSS * 1024; // before PyTorch's answers are read
    let peerFailed: string | undefined;
    if (torch !== undefined) {
      await reporter.progress({ done: 0, label: 'PyTorch runs once' });
      try {
        theirs = await torchEncoder(torch, folder, words, { texts: 1, tokens }, globals);
      } catch (error) {
        peerFailed = error instanceof Error ? error.message : String(error); // no memory, say
      }
    }
    const error = theirs && distance(answers, theirs.hidden);
    if (error !== undefined && !(error <= allowed[precision])) {
      throw new Error(`wrong answer: ${precision} is ${error} from PyTorch's float32, at most ${allowed[precision]} is rounding`);
    }
    const ours: Timed = { times: timing(async () => disposeAll(run())) }; // the kernels are synchronous
    const random = randomStream(createKey(seed).fold('draws'));
    return {
      kind: 'encoder',
      ...(await takeTurns(ours, theirs, { pace, random, reporter })),
      ...(error === undefined ? {} : { error }),
      ...(peerFailed === undefined ? {} : { peerFailed }),
      peakBytes,
      versions: [...(theirs === undefined ? [] : [theirs.version]), `Longspan's build for ${registration.instructions}`],
    };
  } finally {
    theirs?.close();
    ids.dispose();
    disposeWeights();
    registration.unregister(); // ends the threads
  }
}

const disposeAll = ({ hidden, pooled }: { readonly hidden: Tensor; readonly pooled?: Tensor }): void =>
  dispose(pooled === undefined ? [hidden] : [hidden, pooled]);
