import { createKey } from '@longspan/core-tensor/key';
import type { Instructions } from '@longspan/wasm-backend';
import { dispose } from '@tensorflow/tfjs-core';
import { alternate, columnsOf, type Pace, type Timed } from '../../figures/alternate.ts';
import { median } from '../../figures/pairs.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { roundsToDecide } from '../../figures/verdict.ts';
import { startLongspan } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { causalWindow } from '../kernels/attention-problem.ts';
import { contestOf } from '../kernels/contest.ts';
import { findPeak } from '../kernels/peak.ts';
import { type Arrays, compareArrays } from './arrays.ts';
import { type PartTimes, type PeerFigures, type PeerInput, sizes, type Task, threads } from './input.ts';
import { attentionFlops, ownParts } from './own-parts.ts';
import { ownTasks, tensorsOf } from './own-tasks.ts';
import { type Peer, timing } from './peer.ts';

type DuelInput = Extract<PeerInput, { kind: 'duel' }>;

/** One work, ours and a peer's: answers compared first, then timed turn by turn. */
export async function runDuel(input: DuelInput, reporter: Reporter): Promise<PeerFigures> {
  const { duel, seed, pace, instructions } = input;
  const registration = await startLongspan({ threads, ...(instructions && { instructions }) });
  if (registration.threads !== threads) throw new Error(`Longspan has ${registration.threads} threads: ${registration.threadsReason}`);
  await reporter.started();
  await reporter.progress({ done: 0, label: 'setting up, comparing the answers' });
  const { peer, ours, answersAs = ours } = duel;
  const inputs = ownTasks[ours].inputs(duel.n, seed);
  const answers = await answersOf(answersAs, inputs);
  const theirs = await openPeer(input, inputs);
  try {
    const error = compareArrays(theirs.answers, answers, ownTasks[answersAs].vanishing);
    const rounds = await alternate([theirs, ownSide(ours, inputs)], pace, 1, (done) =>
      reporter.progress({ done, label: `${Math.round(done * 100)} % of the rounds` }),
    );
    const [base, head] = columnsOf(rounds, 2) as [number[], number[]];
    const random = randomStream(createKey(seed).fold(`peers ${peer}`));
    const contest = contestOf(base, head, random);
    const { base: ofTheirs, head: ofOurs } = contest;
    return {
      kind: 'measured',
      ratio: contest.ratio,
      theirs: ofTheirs,
      ours: ofOurs,
      error,
      versions: [theirs.version, `Longspan's build for ${registration.instructions}`],
      peak: peakRate(registration.instructions),
      parts:
        ours === 'window' && answersAs === ours
          ? [
              {
                name: 'attention',
                flops: attentionFlops(causalWindow(sizes.left), duel.n, sizes.heads),
                ours: ofOurs.median,
                theirs: ofTheirs.median,
              },
            ]
          : await partTimes(ours, inputs, theirs, pace),
    };
  } finally {
    await theirs.close();
    registration.unregister(); // ends the threads
  }
}

/** The parts of a work alone, after the whole: those that both sides have turn by turn, as the whole. */
async function partTimes(work: Task, inputs: Arrays, theirs: Peer, pace: Pace): Promise<readonly PartTimes[]> {
  const short: Pace = { ...pace, rounds: roundsToDecide };
  const found: PartTimes[] = [];
  for (const { name, flops, run } of ownParts(work, tensorsOf(inputs))) {
    const own: Timed = { times: timing(async () => dispose([...run()])) };
    const other = name === 'linear layers' ? theirs.linearLayers : undefined;
    const [base, head] = columnsOf(await alternate([other ?? own, own], short, 1, async () => {}), 2) as [number[], number[]];
    found.push({ name, flops, ours: median(head), ...(other === undefined ? {} : { theirs: median(base) }) });
  }
  return found;
}

function peakRate(instructions: Instructions): number {
  const { run, flopsPerRun } = findPeak(instructions, 0.02);
  const rates = Array.from({ length: 9 }, () => {
    const start = performance.now();
    run();
    return (1000 * flopsPerRun) / (performance.now() - start);
  });
  return median(rates);
}

async function answersOf(work: Task, inputs: Arrays): Promise<Arrays> {
  const tensors = tensorsOf(inputs);
  const results = ownTasks[work].run(tensors);
  const answers: [string, Arrays[string]][] = [];
  for (const [name, result] of Object.entries(results)) {
    answers.push([name, { shape: result.shape, values: (await result.data()) as Float32Array }]);
  }
  dispose([tensors, results]);
  return Object.fromEntries(answers);
}

function ownSide(work: Task, inputs: Arrays): Timed {
  const tensors = tensorsOf(inputs);
  // The kernels are synchronous: when they return, the numbers are there. They stay in tfjs's memory, as PyTorch's do in its own.
  return { times: timing(async () => dispose(ownTasks[work].run(tensors))) };
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
