import { type ReadonlySignal, signal } from '@preact/signals';
import { isCancelled } from '../../compute/cancelled.ts';
import { loadSample, textState } from '../../text/loaded-text.ts';
import { samples } from '../../text/samples.ts';
import { type Lane, type LaneWork, lane } from './lane.ts';
import type { RunLog } from './run-file.ts';
import type { Settings } from './settings.ts';
import { settingsOf, training } from './state.ts';
import type { GivenText, Preview } from './train-work.ts';

/** What is known of the wanted models before anything is trained, or why there can be none. */
export type Previewed = { readonly of: string; readonly previews: readonly Preview[] } | { readonly of: string; readonly problem: string };

/** The runs of the view: one, or two beside each other. */
export interface Runs {
  readonly lanes: readonly [LaneWork, LaneWork];
  readonly previewed: ReadonlySignal<Previewed | undefined>;
  /** What an earlier visit has left, until it is taken up or let go. */
  readonly kept: ReadonlySignal<readonly RunLog[]>;
  /** What is to be said of a file that was opened. */
  readonly fileProblem: ReadonlySignal<string | undefined>;
  preview(settings: readonly Settings[]): Promise<void>;
  start(steps: number): void;
  goOn(steps: number): void;
  pause(): void;
  reset(): void;
  takeUp(): Promise<void>;
  letGo(): void;
  openWeights(file: File): Promise<void>;
  close(): void;
}

/** The largest file of weights that is read, bytes. */
const mostBytes = 256 * 2 ** 20;

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The text that is loaded now. */
const givenText = (): GivenText | undefined => {
  const state = textState.peek();
  if (state?.at !== 'loaded') return undefined;
  const { id, title, text } = state.loaded;
  return { id, title, text };
};

/** Runs that the page shows. */
export const begun = (lanes: readonly LaneWork[]): readonly Lane[] =>
  lanes.map(({ state }) => state.value).filter(({ status }) => status !== 'empty');

export function makeRuns(): Runs {
  const lanes = [lane('a'), lane('b')] as const;
  const previewed = signal<Previewed | undefined>(undefined);
  const kept = signal<readonly RunLog[]>([]);
  const fileProblem = signal<string | undefined>(undefined);

  const isHere = (): boolean => lanes[0].state.peek().status !== 'empty';
  void Promise.all(lanes.map((each) => each.kept().catch(() => undefined))).then((found) => {
    const [first, second] = found.map((each) => each?.log);
    if (first === undefined || isHere()) return;
    const isPair = second !== undefined && sameBut(first.settings, second.settings);
    kept.value = isPair ? [first, second] : [first];
  });

  const own = () => ({ backend: training.values.peek().backend, text: givenText() });
  const letGo = (): void => {
    kept.value = [];
  };

  return {
    lanes,
    previewed,
    kept,
    fileProblem,
    preview: async (settings) => {
      const of = JSON.stringify(settings);
      const ask = () => lanes[0].ask((api) => Promise.all(settings.map((each) => api.preview(each))));
      // The worker may end under it, with a run that is paused within a step.
      const found = await ask()
        .catch((error: unknown) => (isCancelled(error) ? ask() : Promise.reject(error)))
        .then(
          (previews): Previewed => ({ of, previews }),
          (error: unknown): Previewed => ({ of, problem: wordsOf(error) }),
        );
      if (of === JSON.stringify(settingsOf(training.values.peek()))) previewed.value = found;
    },
    start: (steps) => {
      letGo();
      const settings = settingsOf(training.values.peek());
      for (const [at, each] of lanes.entries()) {
        const of = settings[at];
        if (of === undefined) each.reset();
        else void each.begin({ settings: of, ...own(), from: { at: 'first' }, steps });
      }
    },
    goOn: (steps) => {
      for (const each of lanes) if (['paused', 'failed'].includes(each.state.peek().status)) void each.go(steps, own());
    },
    pause: () => {
      for (const each of lanes) void each.pause();
    },
    reset: () => {
      for (const each of lanes) each.reset();
    },
    takeUp: async () => {
      const logs = kept.peek();
      letGo();
      const [first, second] = logs;
      if (first === undefined) return;
      showSettings(first.settings, second?.settings);
      for (const [at, log] of logs.entries()) lanes[at]?.show(log);
      const text = first.text;
      if (text !== undefined && samples.some(({ id }) => id === text.id)) await loadSample(text.id);
      for (const [at] of logs.entries()) void lanes[at]?.go(Number.POSITIVE_INFINITY, own());
    },
    letGo: () => {
      letGo();
      for (const each of lanes) each.reset();
    },
    openWeights: async (file) => {
      fileProblem.value = undefined;
      try {
        if (file.size > mostBytes) throw new Error(`A file of weights may have at most ${mostBytes / 2 ** 20} MB here.`);
        const bytes = new Uint8Array(await file.arrayBuffer());
        const found = await lanes[0].ask((api) => api.settingsOf(bytes));
        if (found !== undefined) showSettings(found, undefined);
        const [settings] = found === undefined ? settingsOf(training.values.peek()) : [found];
        letGo();
        lanes[1].reset();
        await lanes[0].begin({ settings: settings as Settings, ...own(), from: { at: 'weights', file: bytes }, steps: 0 });
      } catch (error) {
        fileProblem.value = `“${file.name}”: ${wordsOf(error)}`;
      }
    },
    close: () => {
      for (const each of lanes) each.close();
    },
  };
}

const sameBut = (one: Settings, other: Settings): boolean =>
  JSON.stringify({ ...one, mechanism: '' }) === JSON.stringify({ ...other, mechanism: '' }) && one.mechanism !== other.mechanism;

/** Sets the controls as a run has them. */
function showSettings(settings: Settings, other: Settings | undefined): void {
  training.set({ ...settings, other: other?.mechanism ?? 'none' });
}
