import { createKey } from '@longspan/core-tensor/key';
import { dispose } from '@tensorflow/tfjs-core';
import { startLongspan } from '../../cases/start-backend.ts';
import { estimate, pairedRatio } from '../../pairs.ts';
import { randomStream } from '../../random-stream.ts';
import type { Reporter } from '../../work.ts';
import type { PointProgress } from '../experiment.ts';
import { alternate, type Timed } from './alternate.ts';
import { type Arrays, compareArrays } from './arrays.ts';
import { type PeerFigures, type PeerInput, threads, type Work } from './input.ts';
import { ownWorks, tensorsOf } from './own-works.ts';
import { type Peer, timing } from './peer.ts';

type DuelInput = Extract<PeerInput, { kind: 'duel' }>;

/** One work, ours and a peer's: answers compared first, then timed turn by turn. */
export async function runDuel(input: DuelInput, reporter: Reporter<PointProgress>): Promise<PeerFigures> {
  const { duel, seed, pace } = input;
  const registration = await startLongspan({ threads });
  if (registration.threads !== threads) throw new Error(`Longspan has ${registration.threads} threads: ${registration.threadsReason}`);
  await reporter.started();
  await reporter.progress({ done: 0, label: 'setting up, comparing the answers' });
  const { peer, ours, answersAs = ours } = duel;
  const inputs = ownWorks[ours].inputs(duel.n, seed);
  const answers = await answersOf(answersAs, inputs);
  const theirs = await openPeer(input, inputs);
  try {
    const error = compareArrays(theirs.answers, answers, ownWorks[answersAs].vanishing);
    const rounds = await alternate({ base: theirs, head: ownSide(ours, inputs) }, pace, (done) =>
      reporter.progress({ done, label: `${Math.round(done * 100)} % of the rounds` }),
    );
    const random = randomStream(createKey(seed).fold(`peers ${peer}`));
    const side = (name: 'base' | 'head') =>
      estimate(
        rounds.map((round) => round[name]),
        random,
      );
    return {
      kind: 'measured',
      ratio: pairedRatio(rounds, random),
      theirs: side('base'),
      ours: side('head'),
      error,
      versions: [theirs.version, `Longspan's build for ${registration.instructions}`],
    };
  } finally {
    await theirs.close();
    registration.unregister(); // ends the threads
  }
}

async function answersOf(work: Work, inputs: Arrays): Promise<Arrays> {
  const tensors = tensorsOf(inputs);
  const results = ownWorks[work].run(tensors);
  const answers: [string, Arrays[string]][] = [];
  for (const [name, result] of Object.entries(results)) {
    answers.push([name, { shape: result.shape, values: (await result.data()) as Float32Array }]);
  }
  dispose([tensors, results]);
  return Object.fromEntries(answers);
}

function ownSide(work: Work, inputs: Arrays): Timed {
  const tensors = tensorsOf(inputs);
  // The kernels are synchronous: when they return, the numbers are there. They stay in tfjs's memory, as PyTorch's do in its own.
  return { times: timing(async () => dispose(ownWorks[work].run(tensors))) };
}

/** Each library is loaded only where it is measured. */
async function openPeer(input: DuelInput, inputs: Arrays): Promise<Peer> {
  const { duel, folder } = input;
  switch (duel.peer) {
    case 'onnxruntime-node':
    case 'onnxruntime-web':
      return (await import('./onnx-peer.ts')).onnxPeer(duel.peer, duel, folder, inputs);
    case 'jax-js':
      return (await import('./jax-peer.ts')).jaxPeer(duel, folder, inputs);
    case 'PyTorch':
      return (await import('./torch-peer.ts')).torchPeer(input, inputs);
  }
}
