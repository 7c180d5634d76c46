import { countParameters, disposeParameters } from '@longspan/core-tensor';
import type { TaskExample } from '@longspan/training';
import { transfer } from 'comlink';
import type { BackendName, Device } from '../../compute/device.ts';
import { startDevice } from '../../compute/start-device.ts';
import { keyOf, taskLesson, textLesson } from './lesson.ts';
import { type Look, look } from './look.ts';
import { makeModel } from './make-model.ts';
import { makeTask } from './make-task.ts';
import { forgetFile, keptFile } from './place.ts';
import { type Judged, logOf, type RunLog, settingsOfWeights, type TextIdentity, weightsFile, weightsOf } from './run-file.ts';
import type { Session } from './session.ts';
import type { Settings } from './settings.ts';
import { takeSteps } from './take-steps.ts';
import { tellerOf } from './teller.ts';
import type { Update } from './update.ts';

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

let device: Promise<Device> | undefined;
let session: Session | undefined;
let stop: AbortController | undefined;
/** What is still done after the last step, and what ends it. */
let rest: { readonly ended: AbortController; readonly done: Promise<void> } | undefined;

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
      const file = await keptFile(place);
      const log = file === undefined ? undefined : logOf(file);
      return log === undefined ? undefined : { log };
    } catch {
      return undefined; // a damaged one, or a browser that keeps nothing
    }
  },

  /** Lets go of the run of an earlier visit. */
  forget: forgetFile,

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
    const file = from.at === 'kept' ? (from.file ?? (await keptFile(place))) : undefined;
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

async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

const otherText = ({ title }: TextIdentity): Error =>
  new Error(`This run has learnt from “${title}”, and goes on with that text alone. Choose it again, then go on.`);
