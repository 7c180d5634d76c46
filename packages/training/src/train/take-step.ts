import { disposeState, type LayerState, type Parameters } from '@longspan/core-tensor';
import { dispose, reshape, stack, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { movingAverage } from '../average/moving-average.ts';
import type { Progress } from '../checkpoint/checkpoint.ts';
import { clipByGlobalNorm, globalNorm } from '../gradient/clip.ts';
import type { Optimizer } from '../optimizer/optimizer.ts';
import { type Batch, disposeBatch, nextBatch } from './batch.ts';
import type { TrainingStep, TrainOptions } from './options.ts';
import { type GradientPass, gradientPass, joinedPasses, type LossModel, uncountedPass } from './pass.ts';
import { requireFinite } from './require-finite.ts';
import { requireOptimized } from './require-optimized.ts';

type StepOptions = TrainOptions & { readonly optimizer: Optimizer; readonly trained: readonly string[] };

/** The run after a step, whose tensors that were replaced are gone. */
interface Taken {
  readonly run: Progress;
  readonly step: Omit<TrainingStep, 'steps'>;
}

/**
 * Takes one step: forward and backward through its batches, then the optimiser.
 * @returns why there was none, where the data ends or the signal came; the run is as it was
 */
export async function takeStep(
  model: LossModel,
  run: Progress,
  batches: AsyncIterator<Batch>,
  options: StepOptions,
): Promise<Taken | 'data' | 'signal'> {
  const { schedule, maxNorm } = options;
  const start = performance.now();
  const passes: GradientPass[] = [];
  const made: Tensor[] = [];
  try {
    const ended = await addPasses(passes, model, run, batches, options);
    if (ended !== undefined) return ended;
    const { loss: lossTensor, count, gradients: joined } = joinedPasses(passes);
    const norm = globalNorm(joined);
    made.push(lossTensor, norm, ...Object.values(joined));
    const [loss, gradientNorm] = await numbersOf(lossTensor, norm);
    await requireFinite('train', run.step + 1, loss, gradientNorm, joined);
    const learningRate = schedule(run.step);
    const gradients = maxNorm === undefined ? joined : clipped(joined, maxNorm);
    if (gradients !== joined) made.push(...Object.values(gradients));
    const state = passes.at(-1)?.state ?? {};
    const after = moved(run, gradients, learningRate, options, { state, position: run.position + passes.length });
    const last = passes.pop();
    dispose([last?.loss, { ...last?.gradients }] as object as Tensor[]);
    const seconds = Math.max(1e-6, (performance.now() - start) / 1000);
    return { run: after, step: { step: after.step, loss, gradientNorm, learningRate, tokensPerSecond: count / seconds } };
  } finally {
    dispose(made);
    for (const { loss, gradients, state } of passes) {
      dispose([loss, { ...gradients }]);
      disposeState(state);
    }
  }
}

/** The forward and backward passes of a step. Fewer than asked for where the data ends among them. */
async function addPasses(
  passes: GradientPass[],
  model: LossModel,
  run: Progress,
  batches: AsyncIterator<Batch>,
  { key, accumulate = 1, signal, trained }: StepOptions,
): Promise<'data' | 'signal' | undefined> {
  const stepKey = key.fold('step').fold(run.step);
  let counted = 0;
  while (counted < accumulate) {
    const next = await nextBatch(batches, signal);
    if (next === 'signal') return next;
    const { value: batch, done } = next;
    if (done) return counted === 0 ? 'data' : undefined;
    try {
      const state: LayerState = passes.at(-1)?.state ?? run.state;
      if (batch.count === 0) {
        passes.push(uncountedPass(model, run.parameters, batch, state));
        continue;
      }
      passes.push(gradientPass(model, run.parameters, trained, batch, state, stepKey.fold(counted)));
      counted++;
    } finally {
      disposeBatch(batch);
    }
  }
  return signal?.aborted ? 'signal' : undefined;
}

function clipped(gradients: Parameters, maxNorm: number): Parameters {
  const found = clipByGlobalNorm(gradients, maxNorm);
  found.norm.dispose();
  return found.gradients;
}

/** The run with new weights; what they replace is disposed. */
function moved(
  run: Progress,
  gradients: Parameters,
  learningRate: number,
  { optimizer, averageDecay }: StepOptions,
  { state, position }: Pick<Progress, 'state' | 'position'>,
): Progress {
  const changed = optimizer.step(run.parameters, gradients, run.optimizerState, learningRate);
  requireOptimized(changed, run.parameters);
  const parameters = { ...run.parameters, ...changed.parameters };
  let { average } = run;
  try {
    if (averageDecay !== undefined) average = movingAverage(run.average, parameters, averageDecay);
  } catch (error) {
    dispose([{ ...changed.parameters }, Object.values(changed.state).filter((each) => typeof each === 'object')]);
    throw error;
  }
  for (const name of Object.keys(changed.parameters)) run.parameters[name]?.dispose();
  for (const name of Object.keys(changed.state)) {
    const old = run.optimizerState[name];
    if (typeof old === 'object') old.dispose();
  }
  if (average !== run.average) dispose({ ...run.average });
  disposeState(run.state);
  return { ...run, parameters, average, state, position, optimizerState: { ...run.optimizerState, ...changed.state }, step: run.step + 1 };
}

/** Two scalars, read at once. */
async function numbersOf(first: Tensor, second: Tensor): Promise<readonly [number, number]> {
  const both = tidy(() => stack([reshape(first, []), reshape(second, [])]));
  try {
    return [...(await both.data())] as [number, number];
  } finally {
    both.dispose();
  }
}
