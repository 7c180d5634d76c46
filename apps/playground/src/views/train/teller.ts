import type { Parameters } from '@longspan/core-tensor';
import type { TrainingRun } from '@longspan/training';
import { breathe } from './breathe.ts';
import { keyOf } from './lesson.ts';
import { type Look, look } from './look.ts';
import { stored } from './place.ts';
import { logOf, withLog } from './run-file.ts';
import type { Session } from './session.ts';
import type { Update } from './update.ts';
import { writeOn } from './write-on.ts';

/** ms between what is told. */
const toldEvery = 200;

/** ms between checkpoints. */
export const keptEvery = 3000;

/** ms that a look takes at most of so much time, and the least time between two. */
const [lookShare, lookEvery] = [0.1, 500];

export interface Teller {
  /** Tells what there is to tell after a step. */
  after(run: TrainingRun): Promise<void>;
  /** Tells how it stands, keeps it, and looks at it, until the signal. */
  atRest(signal: AbortSignal): Promise<void>;
}

export function tellerOf(own: Session, signal: AbortSignal, tell: (update: Update) => unknown): Teller {
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
      const options = { context: settings.context, count: isLast ? 120 : 60, key: keyOf(settings).fold('writes').fold(step), goOn };
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

const decoded = (bytes: ArrayLike<number>): string => new TextDecoder().decode(Uint8Array.from(bytes));
