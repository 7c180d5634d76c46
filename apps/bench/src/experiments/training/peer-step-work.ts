import { cost } from '@longspan/attention-sparse';
import { createKey, disposeParameters, type Parameters, randomUniform } from '@longspan/core-tensor';
import { differentiated } from '@longspan/core-tensor/kernel';
import { adamW, constantSchedule, train } from '@longspan/training';
import { dispose, type Scalar, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { alternate, columnsOf, type Timed } from '../../figures/alternate.ts';
import { median } from '../../figures/pairs.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { languageModel, vocabulary } from '../../model/language-model.ts';
import { startLongspan } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { endless } from '../../training/excerpts.ts';
import { mostSteps } from '../../training/run.ts';
import { causalWindow } from '../kernels/attention-problem.ts';
import { contestOf } from '../kernels/contest.ts';
import { findPeak } from '../kernels/peak.ts';
import { type Arrays, valuesOf } from '../peers/arrays.ts';
import { timing } from '../peers/peer.ts';
import type { PeerStepFigures, PeerStepInput, StepSize } from './input.ts';
import { torchStep } from './torch-step.ts';

const rates = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 } as const;

/**
 * A step of `train` (the loss, all gradients, their norm, AdamW) and PyTorch's of the same model from the same weights: loss, gradients
 * and the weights after it are compared first, then both take turns.
 */
export async function measurePeerStep(input: PeerStepInput, reporter: Reporter): Promise<PeerStepFigures> {
  const { size, seed, pace, threads, instructions } = input;
  const registration = await startLongspan({ threads, ...(instructions && { instructions }) });
  if (registration.threads !== threads) throw new Error(`Longspan has ${registration.threads} threads: ${registration.threadsReason}`);
  await reporter.started();
  await reporter.progress({ done: 0, label: 'setting up, comparing the answers' });
  const key = createKey(seed).fold('training step');
  const model = languageModel(size);
  const initial = model.init(key.fold('parameters'));
  const bytes = Int32Array.from(randomUniform(key.fold('bytes'), size.n + 1), (share) => Math.floor(share * vocabulary));
  const row = (start: number): Tensor => tensor2d(bytes.subarray(start, start + size.n), [1, size.n], 'int32');
  const [ids, targets] = [row(0), row(1)];
  const { learningRate, ...config } = rates;
  const run = train(
    model.loss,
    endless(() => ({ x: row(0), context: { targets: row(1) } })),
    { key, steps: mostSteps, schedule: constantSchedule(learningRate), optimizer: adamW(config), parameters: initial },
  );
  const steps = run[Symbol.asyncIterator]();
  const names = Object.keys(initial);
  const gradientsOf = () => differentiated(() => model.loss.apply(initial, ids, { targets }) as Scalar, Object.values(initial));

  const theirs = await torchStep(input, { ...(await arraysOf({ ...initial, ids, targets })) }, rates);
  try {
    const { value, gradients } = gradientsOf();
    const named = Object.fromEntries(names.map((name, at) => [name, gradients[at] as Tensor]));
    const loss = ((await value.data())[0] as number) / (valuesOf(theirs.answers, 'loss')[0] as number);
    const apart = {
      loss: Math.abs(loss - 1),
      gradients: farthest(await arraysOf(named), theirs.answers, 'd.'),
      weights: farthest(await arraysOf(optimizedOnce(initial, named)), theirs.answers, 'w.'),
    };
    dispose([value, named]);
    refuse(apart);

    const peak = findPeak(registration.instructions, 0.1);
    const ours: Timed = { times: timing(() => steps.next()) };
    const ofGradients: Timed = {
      times: timing(async () => {
        const found = gradientsOf();
        dispose([found.value, [...found.gradients]] as Tensor[]);
      }),
    };
    const ofPeak: Timed = { times: timing(async () => peak.run()) };
    const rounds = await alternate([theirs, ours, ofGradients, ofPeak], pace, 1, (done) =>
      reporter.progress({ done, label: `${Math.round(done * 100)} % of the rounds` }),
    );
    const [base, head, gradientSeconds, peakSeconds] = columnsOf(rounds, 4) as [number[], number[], number[], number[]];
    const contest = contestOf(base, head, randomStream(key.fold('draws')));
    const atPeak = (flops: number): number => median(peakSeconds.map((seconds) => (seconds * flops) / peak.flopsPerRun / threads));
    const flops = flopsOf(size, initial);
    return {
      kind: 'peer step',
      ratio: contest.ratio,
      theirs: contest.base,
      ours: contest.head,
      parts: {
        linearAtPeak: atPeak(flops.linear),
        attentionAtPeak: atPeak(flops.attention),
        gradients: median(gradientSeconds),
        whole: contest.head.median,
      },
      apart,
      versions: [
        theirs.version,
        `Longspan's build for ${registration.instructions}, ${threads} ${threads === 1 ? 'thread' : 'threads'} each`,
      ],
    };
  } finally {
    theirs.close();
    await steps.return?.();
    disposeParameters(initial);
    dispose([ids, targets]);
    registration.unregister(); // ends the threads
  }
}

/** The weights after a step of AdamW. */
function optimizedOnce(parameters: Parameters, gradients: Parameters): Parameters {
  const { learningRate, ...config } = rates;
  return adamW(config).step(parameters, gradients, {}, learningRate).parameters;
}

async function arraysOf(tensors: Parameters): Promise<Arrays> {
  const found: [string, Arrays[string]][] = [];
  for (const [name, tensor] of Object.entries(tensors)) {
    found.push([name, { shape: tensor.shape, values: Float32Array.from(await tensor.data()) }]);
  }
  return Object.fromEntries(found);
}

/** The largest distance of one array from the other of its name, as a share of its length. */
function farthest(ours: Arrays, theirs: Arrays, prefix: string): number {
  const shares = Object.entries(ours).map(([name, { values }]) => {
    const other = valuesOf(theirs, `${prefix}${name}`);
    if (other.length !== values.length) throw new Error(`${name} has ${values.length} numbers, PyTorch's ${other.length}`);
    const [off, size] = values.reduce(([a, b], value, at) => [a + (value - (other[at] as number)) ** 2, b + value ** 2], [0, 0]);
    return size === 0 && off === 0 ? 0 : Math.sqrt(off / size);
  });
  return Math.max(...shares);
}

/** Float32 sums in another order, through so many layers; AdamW's first step turns the sign of a vanishing gradient into a whole step. */
const tolerances: PeerStepFigures['apart'] = { loss: 1e-5, gradients: 1e-3, weights: 1e-3 };

function refuse(apart: PeerStepFigures['apart']): void {
  for (const [name, share] of Object.entries(apart)) {
    const most = tolerances[name as keyof typeof tolerances];
    if (!(share <= most)) throw new Error(`wrong answer: ${name} are ${share} of their size apart, ${most} at most are rounding`);
  }
}

/** Of products: linear layers forward and backward, and of attention those of visible pairs, 4 d forward and 10 d backward. */
export function flopsOf({ n, layers, width, heads, left }: StepSize, parameters: Parameters): { linear: number; attention: number } {
  const isLinear = (name: string): boolean => name.endsWith('weight') && !/norm[.]|^embedding[.]/i.test(name);
  const linear = Object.entries(parameters).reduce((sum, [name, { size }]) => sum + (isLinear(name) ? 6 * n * size : 0), 0);
  const pairs = cost(causalWindow(left), { queryLength: n, heads, headDim: width / heads }).visitedPairs;
  return { linear, attention: 14 * (width / heads) * layers * pairs };
}
