import { createKey, disposeParameters, learnedPositions } from '@longspan/core-tensor';
import { hiddenOf } from '@longspan/core-tensor/layer';
import { languageModel } from '@longspan/models/language-model';
import { accuracy, adamW, cosineSchedule, taskBatch, warmup } from '@longspan/training';
import { argMax, dispose, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { startLongspan } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { endless } from '../../training/excerpts.ts';
import { runSteps } from '../../training/run.ts';
import type { TaskFigures, TaskInput } from './input.ts';
import { madeTasks } from './made-tasks.ts';
import { taskLayers } from './task-layers.ts';

const [width, learningRate, judgedBatches] = [32, 0.006, 8];

/**
 * Trains two small layers of a mechanism on a task and counts the right answers of other examples: anew and with twice the steps until they are
 * above the bound, or no doubling is left.
 */
export async function learnTask(input: TaskInput, reporter: Reporter): Promise<TaskFigures> {
  const registration = await startLongspan({ threads: 1 });
  await reporter.started();
  for (let doubled = 0; ; doubled++) {
    const steps = input.steps * 2 ** doubled;
    const figures = await trainAndJudge({ ...input, steps }, (done, loss) =>
      reporter.progress({ done: (doubled + 0.9 * done) / (input.doublings + 1), label: `${steps} steps, loss ${loss.toFixed(2)}` }),
    );
    if (figures.score <= input.bound && doubled < input.doublings) continue;
    registration.unregister();
    return figures;
  }
}

async function trainAndJudge(
  { task: name, mechanism, seed, steps, batch }: TaskInput,
  progress: (done: number, loss: number) => Promise<unknown>,
): Promise<TaskFigures> {
  const task = madeTasks[name]();
  const { vocabulary, length, chance } = task;
  const key = createKey(seed).fold('tasks').fold(name);
  const drawn = (part: string, at: number) => {
    const { ids, targets, shape } = taskBatch(task, { batch, key: key.fold(part).fold(at) });
    return { x: tensor2d(ids, [...shape], 'int32'), targets: tensor2d(targets, [...shape], 'int32'), labels: targets };
  };
  const model = languageModel({
    vocabulary,
    width,
    layers: taskLayers[mechanism](length),
    positions: learnedPositions({ length, width, standardDeviation: 0.7 }),
    standardDeviation: 0.7,
  });
  const data = endless((at) => {
    const { x, targets } = drawn('train', at);
    return { x, context: { targets }, carry: () => ({}) };
  });
  const schedule = (total: number) => warmup(Math.ceil(total / 20), cosineSchedule({ learningRate, steps: total }));
  const training = { key: key.fold('run'), steps, schedule, optimizer: adamW({ beta2: 0.95 }) };
  const { parameters } = await runSteps(model.loss, data, training, async ({ losses }) => {
    if (losses.length % 20 === 0) await progress(losses.length / steps, losses.at(-1) ?? Number.NaN);
  });
  const metric = accuracy();
  let answers = 0;
  for (let at = 0; at < judgedBatches; at++) {
    const { x, targets, labels } = drawn('judged', at);
    const found = tidy(() => argMax(hiddenOf(model.apply(parameters, x)), -1));
    const mask = Array.from(labels, (label) => Number(label >= 0));
    metric.add({ labels, predictions: await found.data(), mask });
    answers += mask.reduce((sum, each) => sum + each, 0);
    dispose([x, targets, found]);
  }
  disposeParameters(parameters);
  return { score: metric.value(), chance, answers, steps };
}
