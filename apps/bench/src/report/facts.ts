import type { Results, TrainResult } from '../experiments/book/results.ts';
import { bytes, coreCount, count, duration } from './wording.ts';

/** A name and what it is, in words. */
export type Fact = readonly [name: string, value: string];

export function textFacts({ text, options }: Results): Fact[] {
  return [
    ['text', `${text.name}, ${count(text.bytes)} bytes in ${count(text.pieces)} ${text.pieceName}, sha256 ${text.sha256.slice(0, 12)}…`],
    ['held out', `every tenth of the ${text.pieceName}: ${count(text.heldOutPieces)} with ${count(text.heldOutBytes)} bytes`],
    ['asked for', `${options.only.join(', ')}; backend ${options.backend}; seed ${options.seed}${options.quick ? '; quick' : ''}`],
  ];
}

export function machineFacts({ machine, source, started, seconds }: Pick<Results, 'machine' | 'source' | 'started' | 'seconds'>): Fact[] {
  return [
    [
      'machine',
      `${machine.cpu}, ${coreCount(machine.cores)}, ${bytes(machine.memoryBytes)}; ${machine.system}; load ${machine.load} at the start`,
    ],
    [
      'versions',
      `Node ${machine.node}; ${Object.entries(machine.tfjs)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}`,
    ],
    ['commit', `${machine.commit}${machine.dirty ? ', with uncommitted changes' : ''}; hash of the sources ${source}`],
    ['run', `${started}, ${duration(seconds)}`],
  ];
}

export function trainFacts(train: TrainResult): Fact[] {
  const { unigram, bigram, gzip } = train.baselines;
  const baselines: Fact[] = [
    ['unigram', `${unigram.toFixed(3)} bits per character: byte frequencies of the training part (add-one), judged on the held-out part`],
    ['bigram', `${bigram.toFixed(3)} bits per character: each byte from the one before it, the same way`],
    ['gzip', `${gzip.toFixed(3)} bits per character: gzip -9 of the held-out part alone`],
  ];
  if (train.kind === 'failed') return [['failed', train.error], ...baselines];
  const { model, parameters, steps, stepsChosenBy, bytesPerStep, trainingSeconds, heldOutBits, scoredBytes, kernel } = train.figures;
  return [
    ['model', `${heldOutBits.toFixed(3)} bits per character, on ${count(scoredBytes)} held-out bytes`],
    ...baselines,
    ['architecture', `${model}; ${count(parameters)} parameters; attention by ${kernel}`],
    [
      'training',
      `${count(steps)} steps of ${count(bytesPerStep)} bytes in ${duration(trainingSeconds)}, steps chosen by ${stepsChosenBy}` +
        `${stepsChosenBy === 'the clock' ? ` (--steps ${steps} replays them)` : ''}; tfjs's Adam, warm-up and cosine`,
    ],
  ];
}
