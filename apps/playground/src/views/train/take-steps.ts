import { disposeParameters, disposeState } from '@longspan/core-tensor';
import { adamW, cosineSchedule, decayedBy, type TrainingRun, train, warmup } from '@longspan/training';
import { breathe } from './breathe.ts';
import { keyOf } from './lesson.ts';
import type { Judged } from './run-file.ts';
import type { Session } from './session.ts';
import { judgedEvery } from './settings.ts';
import { keptEvery, type Teller } from './teller.ts';

/** ms of steps after which other work is let in. */
const breathEvery = 20;

/** Steps by which the time of one is measured. */
const measured = 5;

/** Takes so many steps, or all that are left, until the signal. */
export async function takeSteps(own: Session, most: number, signal: AbortSignal, teller: Teller): Promise<void> {
  const { settings, lesson } = own;
  const last = Math.min(settings.steps, own.losses.length + most);
  while (!signal.aborted && own.losses.length < last) {
    // The first steps say how long one takes, and so how many there are from one checkpoint to the next.
    const end = own.stepTime === undefined ? Math.min(last, own.losses.length + measured) : last;
    await leg(own, end, signal, teller);
    own.stepTime = own.milliseconds / own.losses.length;
  }
  const { step } = own.judged.at(-1) as Judged;
  if (own.losses.length === settings.steps && step !== settings.steps) {
    own.judged.push({ step: settings.steps, value: await lesson.judge(own.model, own.parameters) });
  }
}

/** One call of `train`, up to a step. */
async function leg(own: Session, end: number, signal: AbortSignal, teller: Teller): Promise<void> {
  const { settings, lesson, model, parameters: before } = own;
  const { steps, rate } = settings;
  const ended = new AbortController();
  const run = train(model.loss, lesson.data, {
    key: keyOf(settings),
    steps,
    schedule: warmup(Math.ceil(steps / 20), cosineSchedule({ learningRate: rate, steps })),
    optimizer: adamW({ beta2: 0.95, decays: decayedBy(model) }),
    maxNorm: 1,
    parameters: before,
    signal: AbortSignal.any([signal, ended.signal]),
    checkpoint: {
      every: own.stepTime === undefined ? 1 : Math.min(500, Math.max(1, Math.round(keptEvery / 2 / own.stepTime))),
      store: {
        read: async () => own.checkpoint,
        write: async (bytes) => {
          own.checkpoint = bytes;
        },
      },
    },
  });
  let begun = performance.now();
  let breath = begun;
  for await (const { step, loss } of run) {
    const now = performance.now();
    own.milliseconds += now - begun;
    own.losses.push(loss);
    if (step % judgedEvery(settings) === 0 || step === steps) {
      own.judged.push({ step, value: await lesson.judge(model, (run.now() as NonNullable<ReturnType<TrainingRun['now']>>).parameters) });
    }
    if (step === end) ended.abort();
    await teller.after(run);
    if (performance.now() - breath > breathEvery) {
      await breathe();
      breath = performance.now();
    }
    begun = performance.now();
  }
  const { parameters, average, state } = await run.finish();
  disposeParameters(before);
  disposeParameters(average);
  disposeState(state);
  own.parameters = parameters;
}
