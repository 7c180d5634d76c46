import { countParameters, disposeParameters, disposeState, type Parameters } from '@longspan/core-tensor';
import { adamW, checkpointFolder, cosineSchedule, decayedBy, type TaskExample, type TrainingRun, train, warmup } from '@longspan/training';
import { transfer } from 'comlink';
import type { BackendName, Device } from '../../compute/device.ts';
import { startDevice } from '../../compute/start-device.ts';
import { keyOf, type Lesson, taskLesson, textLesson } from './lesson.ts';
import { type Look, look } from './look.ts';
import { makeModel, type SmallModel } from './make-model.ts';
import { makeTask } from './make-task.ts';
import { type Judged, logOf, type RunLog, settingsOfWeights, type TextIdentity, weightsFile, weightsOf, withLog } from './run-file.ts';
import { judgedEvery, type Settings } from './settings.ts';
import { writeOn } from './write-on.ts';

/** What is known of some settings before anything is trained. */
export interface Preview {
  readonly parameters: number;
  readonly vocabulary: number;
  readonly length: number;
  /** The accuracy without reading anything; undefined for a text. */
  readonly chance: number | undefined;
  /** An example that is not trained on; undefined for a text. */
  readonly example: TaskExample | undefined;
}

export interface GivenText {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

/** Where a run begins. */
export type Beginning =
  | { readonly at: 'first' }
  /** After the last checkpoint: that of an earlier visit, or the one that the page holds. */
  | { readonly at: 'kept'; readonly file?: Uint8Array<ArrayBuffer> | undefined }
  | { readonly at: 'weights'; readonly file: Uint8Array<ArrayBuffer> };

/** A run of an earlier visit. */
export interface Kept {
  readonly log: RunLog;
}

/** How a run stands when it begins. */
export interface Begun {
  readonly device: Device;
  readonly losses: readonly number[];
  readonly judged: readonly Judged[];
  readonly milliseconds: number;
  readonly look: Look;
  /** The tokens of the example that is looked at: of a text the first that are not trained on. */
  readonly shown: Int32Array;
}

/** What is new since the last one. */
export interface Update {
  readonly losses: readonly number[];
  readonly judged: readonly Judged[];
  readonly milliseconds: number;
  readonly tokensPerSecond: number;
  readonly look?: Look;
  readonly written?: { readonly step: number; readonly text: string };
  /** No further step is taken; what there is to look at and to keep may still come. */
  readonly isAtRest?: true;
  /** A checkpoint that was written, and of which step; or why it could not be kept for another visit. */
  readonly saved?: { readonly step: number; readonly file: Uint8Array<ArrayBuffer>; readonly problem: string | undefined };
}

interface Session {
  readonly settings: Settings;
  readonly place: string;
  readonly text: TextIdentity | undefined;
  readonly lesson: Lesson;
  readonly model: SmallModel;
  readonly losses: number[];
  readonly judged: Judged[];
  milliseconds: number;
  /** Weights between two legs; those of a leg are the run's. */
  parameters: Parameters;
  /** The last checkpoint of `train`, and the step that it is of. */
  checkpoint: Uint8Array<ArrayBuffer> | undefined;
  keptStep: number;
  /** ms of a step, once some were taken. */
  stepTime: number | undefined;
}

let device: Promise<Device> | undefined;
let session: Session | undefined;
let stop: AbortController | undefined;
/** What is still done after the last step, and what ends it. */
let rest: { readonly ended: AbortController; readonly done: Promise<void> } | undefined;

/** ms between what is told, between checkpoints, and after which other work is let in. */
const [toldEvery, keptEvery, breathEvery] = [200, 3000, 20];

/** ms that a look takes at most of so much time, and the least time between two. */
const [lookShare, lookEvery] = [0.1, 500];

/** Steps by which the time of one is measured. */
const measured = 5;

const folder = (place: string): string => `longspan-playground/train-${place}`;

export const api = {
  /** @throws ConfigError, in words for people, where the sizes do not fit together */
  preview(settings: Settings): Preview {
    const { subject, sizes, context } = settings;
    const task = subject === 'text' ? undefined : makeTask(subject, sizes);
    const rows = task ?? { vocabulary: 256, length: context };
    const { vocabulary, length } = rows;
    return {
      parameters: countParameters(makeModel(settings, rows)),
      vocabulary,
      length,
      chance: task?.chance,
      example: task === undefined ? undefined : taskLesson(settings).shown,
    };
  },

  /** The run of an earlier visit, where there is one that can be read. */
  async kept(place: string): Promise<Kept | undefined> {
    try {
      const file = await checkpointFolder(folder(place)).read();
      const log = file === undefined ? undefined : logOf(file);
      return log === undefined ? undefined : { log };
    } catch {
      return undefined; // a damaged one, or a browser that keeps nothing
    }
  },

  /** Lets go of the run of an earlier visit. */
  async forget(place: string): Promise<void> {
    try {
      if (!(await owns(place))) return;
      const top = await (await navigator.storage.getDirectory()).getDirectoryHandle('longspan-playground');
      await top.removeEntry(`train-${place}`, { recursive: true });
    } catch {
      // There is none.
    }
  },

  /** What a file of weights is of. @throws FileError, in words for people, where it is damaged or no safetensors file */
  settingsOf: (file: Uint8Array<ArrayBuffer>): Settings | undefined => settingsOfWeights(file),

  async begin(
    site: string,
    backend: BackendName,
    place: string,
    settings: Settings,
    given: GivenText | undefined,
    from: Beginning,
  ): Promise<Begun> {
    device ??= startDevice(site, backend);
    const on = await device;
    const bytes = given === undefined ? undefined : new TextEncoder().encode(given.text);
    const text = given === undefined || bytes === undefined ? undefined : { id: given.id, title: given.title, hash: await hashOf(bytes) };
    const file = from.at === 'kept' ? (from.file ?? (await checkpointFolder(folder(place)).read())) : undefined;
    const log = file === undefined ? undefined : logOf(file);
    if (log?.text !== undefined && log.text.hash !== text?.hash) throw otherText(log.text);
    const lesson = settings.subject === 'text' ? textLesson(settings, bytes ?? new Uint8Array(0)) : taskLesson(settings);
    const model = makeModel(settings, lesson);
    await endRest();
    if (session !== undefined) disposeParameters(session.parameters);
    session = undefined;
    const parameters =
      from.at === 'weights'
        ? weightsOf(from.file, model)
        : file === undefined
          ? model.init(keyOf(settings).fold('parameters'))
          : weightsOf(file, model, 'parameters');
    session = {
      settings,
      place,
      text,
      lesson,
      model,
      losses: [...(log?.losses ?? [])],
      judged: [...(log?.judged ?? [])],
      milliseconds: log?.milliseconds ?? 0,
      parameters,
      checkpoint: file,
      keptStep: log?.losses.length ?? -1,
      stepTime: log === undefined || log.losses.length === 0 ? undefined : log.milliseconds / log.losses.length,
    };
    if (session.judged.length === 0) session.judged.push({ step: 0, value: await lesson.judge(model, parameters) });
    return {
      device: on,
      losses: [...session.losses],
      judged: [...session.judged],
      milliseconds: session.milliseconds,
      look: await look(settings, model, parameters, lesson, session.losses.length),
      shown: lesson.shown.tokens,
    };
  },

  /** Takes so many steps, or all that are left, until `pause`. */
  async go(most: number, tell: (update: Update) => unknown): Promise<void> {
    if (session === undefined) throw new Error('Nothing was begun yet.');
    await endRest();
    stop = new AbortController();
    const teller = tellerOf(session, stop.signal, tell);
    await takeSteps(session, most, stop.signal, teller);
    const ended = new AbortController();
    rest = { ended, done: teller.atRest(ended.signal) };
    await rest.done;
  },

  /** Ends `go` between two steps. */
  pause(): void {
    stop?.abort();
  },

  /** The weights as they are, in a file that says what they are of. */
  async weights(): Promise<Uint8Array<ArrayBuffer>> {
    if (session === undefined) throw new Error('Nothing was begun yet.');
    const file = await weightsFile(session.parameters, session.settings);
    return transfer(file, [file.buffer]);
  },
};

/** Lets no two things use the weights at one time. */
async function endRest(): Promise<void> {
  rest?.ended.abort();
  await rest?.done.catch(() => undefined);
  rest = undefined;
}

async function takeSteps(own: Session, most: number, signal: AbortSignal, teller: Teller): Promise<void> {
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

interface Teller {
  /** Tells what there is to tell after a step. */
  after(run: TrainingRun): Promise<void>;
  /** Tells how it stands, keeps it, and looks at it, until the signal. */
  atRest(signal: AbortSignal): Promise<void>;
}

function tellerOf(own: Session, signal: AbortSignal, tell: (update: Update) => unknown): Teller {
  const { settings, lesson, model } = own;
  const tokens = settings.batch * lesson.length;
  let [told, kept] = [performance.now(), performance.now()];
  let [looked, lookTime] = [Number.NEGATIVE_INFINITY, 0];
  let [wrote, writeTime] = [Number.NEGATIVE_INFINITY, 0];
  let [losses, judged, milliseconds] = [own.losses.length, own.judged.length, own.milliseconds];
  let keeping: Promise<void> | undefined;

  const news = (more: Partial<Update> = {}): void => {
    const taken = own.losses.length - losses;
    const time = own.milliseconds - milliseconds;
    tell({
      losses: own.losses.slice(losses),
      judged: own.judged.slice(judged),
      milliseconds: own.milliseconds,
      tokensPerSecond: time === 0 ? 0 : (1000 * tokens * taken) / time,
      ...more,
    });
    [losses, judged, milliseconds, told] = [own.losses.length, own.judged.length, own.milliseconds, performance.now()];
  };

  const looks = async (parameters: Parameters, isLast: boolean, until: AbortSignal): Promise<Partial<Update>> => {
    const found: { look?: Look; written?: { step: number; text: string } } = {};
    const step = own.losses.length;
    const start = performance.now();
    if (isLast || start - looked > Math.max(lookEvery, lookTime / lookShare)) {
      found.look = await look(settings, model, parameters, lesson, step);
      looked = performance.now();
      lookTime = looked - start;
    }
    const begin = performance.now();
    if (settings.subject === 'text' && (isLast || begin - wrote > Math.max(2000, writeTime / lookShare))) {
      const goOn = async (): Promise<boolean> => {
        await breathe();
        return !until.aborted;
      };
      const options = { context: settings.context, count: isLast ? 200 : 80, key: keyOf(settings).fold('writes').fold(step), goOn };
      found.written = { step, text: decoded(await writeOn(model, parameters, lesson.shown.tokens, options)) };
      wrote = performance.now();
      writeTime = wrote - begin;
    }
    return found;
  };

  const keep = async (): Promise<void> => {
    const { checkpoint, settings: of, text, place } = own;
    if (checkpoint === undefined) return;
    const log = { settings: of, ...(text && { text }), losses: own.losses, judged: own.judged, milliseconds: own.milliseconds };
    const file = withLog(checkpoint, log);
    const step = logOf(file)?.losses.length ?? 0;
    if (step === own.keptStep) return;
    own.keptStep = step;
    const problem = await stored(place, file);
    news({ saved: { step, file, problem } });
  };

  return {
    async after(run) {
      if (performance.now() - told < toldEvery) return;
      const { parameters } = run.now() as NonNullable<ReturnType<TrainingRun['now']>>;
      news(await looks(parameters, false, signal));
      if (performance.now() - kept < keptEvery || keeping !== undefined) return;
      kept = performance.now();
      keeping = keep().finally(() => {
        keeping = undefined;
      });
    },
    async atRest(until) {
      news({ isAtRest: true });
      await keeping;
      await keep();
      await breathe();
      if (!until.aborted) news(await looks(own.parameters, true, until));
    },
  };
}

/** Keeps a file for a later visit; why not, in words, where that cannot be. */
async function stored(place: string, file: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  if (!(await owns(place))) return 'another tab of this page keeps a run there';
  try {
    await checkpointFolder(folder(place)).write(file);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const held = new Set<string>();

/** Whether this worker may write to a place, which is then its own until it ends: another tab of the page may be at it. */
async function owns(place: string): Promise<boolean> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (locks === undefined || held.has(place)) return true;
  const isMine = await new Promise<boolean>((resolve) => {
    void locks.request(`longspan-train-${place}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => undefined);
    });
  });
  if (isMine) held.add(place);
  return isMine;
}

/** Lets messages in: what the backend computes at once leaves no turn to them. */
const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });

const decoded = (bytes: ArrayLike<number>): string => new TextDecoder().decode(Uint8Array.from(bytes));

async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const otherText = ({ title }: TextIdentity): Error =>
  new Error(`This run has learnt from “${title}”, and goes on with that text alone. Choose it again, then go on.`);
