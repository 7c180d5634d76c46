import { batch, type ReadonlySignal, signal } from '@preact/signals';
import { proxy } from 'comlink';
import { isCancelled } from '../../compute/cancelled.ts';
import { site } from '../../compute/chosen-device.ts';
import { type Away, type Connection, connection } from '../../compute/connection.ts';
import { type BackendName, describeDevice } from '../../compute/device.ts';
import type { ApiOf } from '../../compute/modules.ts';
import type { Look } from './look.ts';
import type { Judged, RunLog } from './run-file.ts';
import type { Settings } from './settings.ts';
import type { Beginning, GivenText, Kept } from './train-work.ts';
import type { Update } from './update.ts';

export type LaneStatus = 'empty' | 'starting' | 'running' | 'pausing' | 'paused' | 'done' | 'failed';

/** What a person sees of a run. */
export interface Lane {
  readonly status: LaneStatus;
  /** What the run follows from; undefined before one was begun. */
  readonly settings: Settings | undefined;
  readonly losses: readonly number[];
  readonly judged: readonly Judged[];
  /** ms of all steps. */
  readonly milliseconds: number;
  readonly tokensPerSecond: number;
  readonly device: string | undefined;
  readonly look: Look | undefined;
  /** The tokens of the example that is looked at. */
  readonly shown: Int32Array | undefined;
  readonly written: { readonly step: number; readonly text: string } | undefined;
  /** The step of the last checkpoint, and why it is kept for this visit alone, where it is. */
  readonly saved: { readonly step: number; readonly problem: string | undefined } | undefined;
  /** What has gone wrong, or what there is to know, in words. */
  readonly message: string | undefined;
}

const empty: Lane = {
  status: 'empty',
  settings: undefined,
  losses: [],
  judged: [],
  milliseconds: 0,
  tokensPerSecond: 0,
  device: undefined,
  look: undefined,
  shown: undefined,
  written: undefined,
  saved: undefined,
  message: undefined,
};

export interface BeginOptions {
  readonly settings: Settings;
  readonly backend: BackendName;
  readonly text: GivenText | undefined;
  readonly from: Beginning;
  /** Steps to take at once: none, one, or all. */
  readonly steps: number;
}

/** A run in a worker of its own, and what the page knows of it. */
export interface LaneWork {
  readonly state: ReadonlySignal<Lane>;
  begin(options: BeginOptions): Promise<void>;
  /** Goes on for so many steps, from the last checkpoint where the worker is gone; on that backend and with that text, where they are given. */
  go(steps: number, given?: Pick<BeginOptions, 'backend' | 'text'>): Promise<void>;
  pause(): Promise<void>;
  /** Ends the run and lets go of what was kept of it. */
  reset(): void;
  /** Shows a run of an earlier visit, which `go` goes on with. */
  show(log: RunLog): void;
  /** The weights as they are, in a file; undefined where they cannot be had, and the state then says why. */
  weights(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** The run that an earlier visit has left. */
  kept(): Promise<Kept | undefined>;
  /** Asks the worker something that has nothing to do with the run. */
  ask<Result>(work: (api: Away<ApiOf<'train'>>) => Promise<Result>): Promise<Result>;
  close(): void;
}

const restOf = ({ losses, settings }: Lane): LaneStatus => (losses.length === settings?.steps ? 'done' : 'paused');

/** ms after which a step that does not end is ended with its worker. */
const patience = 100;

export function lane(place: string): LaneWork {
  const worker: Connection<ApiOf<'train'>> = connection('train');
  const state = signal<Lane>(empty);
  let ended: AbortController | undefined;
  let last: Omit<BeginOptions, 'steps'> | undefined;
  /** The last checkpoint, should the worker die; whether the worker holds the run. */
  let file: Uint8Array<ArrayBuffer> | undefined;
  let isBegun = false;
  /** Work that was replaced says nothing any more. */
  let turn = 0;
  /** Each run that is begun, and each time that it is taken back, has a number: what is told of an older one is not heard. */
  let runs = 0;

  const set = (changes: Partial<Lane>): void => {
    state.value = { ...state.peek(), ...changes };
  };

  const take = ({ losses, judged, look, written, saved, milliseconds, tokensPerSecond }: Update): void => {
    const before = state.peek();
    if (saved !== undefined) file = saved.file;
    set({
      losses: losses.length === 0 ? before.losses : [...before.losses, ...losses],
      judged: judged.length === 0 ? before.judged : [...before.judged, ...judged],
      milliseconds,
      ...(tokensPerSecond === 0 ? {} : { tokensPerSecond }),
      ...(look && { look }),
      ...(written && { written }),
      ...(saved && { saved: { step: saved.step, problem: saved.problem } }),
    });
  };

  /** After the last checkpoint, or where the run began. */
  const lastPlace = (): Beginning =>
    file !== undefined || state.peek().saved !== undefined ? { at: 'kept', file } : (last?.from ?? { at: 'first' });

  /** Runs some work as that of the lane; what is thrown is said. */
  const work = async (status: LaneStatus, run: (signal: AbortSignal, isCurrent: () => boolean) => Promise<void>): Promise<void> => {
    turn += 1;
    const mine = turn;
    ended = new AbortController();
    set({ status, message: undefined });
    try {
      await run(ended.signal, () => mine === turn);
    } catch (error) {
      if (mine !== turn) return;
      if (isCancelled(error)) return;
      isBegun = false;
      set({ status: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  };

  const start = async (options: Omit<BeginOptions, 'steps'>, signal: AbortSignal, isCurrent: () => boolean): Promise<void> => {
    const { settings, backend, text, from } = options;
    if (last !== undefined && last.backend !== backend) worker.close();
    last = options;
    runs += 1;
    isBegun = false;
    const begun = await worker.run((api) => api.begin(site, backend, place, settings, text, from), signal);
    if (!isCurrent()) return;
    isBegun = true;
    const { losses, judged, milliseconds, look, shown, device } = begun;
    set({ settings, losses, judged, milliseconds, look, shown, device: describeDevice(device), message: device.note });
  };

  const steps = async (count: number, signal: AbortSignal, isCurrent: () => boolean): Promise<void> => {
    if (count === 0) {
      set({ status: 'paused' });
      return;
    }
    set({ status: 'running' });
    const mine = runs;
    const tell = proxy((update: Update) => {
      if (mine !== runs) return;
      batch(() => {
        take(update);
        if (update.isAtRest !== undefined && isCurrent()) set({ status: restOf(state.peek()) });
      });
    });
    await worker.run((api) => api.go(count, tell), signal);
  };

  return {
    state,
    begin: ({ steps: count, ...options }) => {
      file = undefined;
      state.value = { ...empty, settings: options.settings };
      return work('starting', async (signal, isCurrent) => {
        await start(options, signal, isCurrent);
        if (isCurrent()) await steps(count, signal, isCurrent);
      });
    },
    go: (count, given) =>
      work(isBegun ? 'running' : 'starting', async (signal, isCurrent) => {
        if (last !== undefined && given !== undefined) last = { ...last, ...given };
        if (!isBegun && last !== undefined) {
          await start({ ...last, from: lastPlace() }, signal, isCurrent);
        }
        if (isCurrent()) await steps(count, signal, isCurrent);
      }),
    pause: async () => {
      if (!['running', 'starting'].includes(state.peek().status)) return;
      const mine = turn;
      const wasBegun = isBegun;
      set({ status: 'pausing' });
      if (wasBegun) void worker.run((api) => api.pause()).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, wasBegun ? patience : 0));
      if (mine !== turn || state.peek().status !== 'pausing') return;
      // It is within a step, or still starts.
      ended?.abort();
      runs += 1;
      isBegun = false;
      const { losses, judged, saved } = state.peek();
      const step = saved?.step ?? 0;
      const message =
        losses.length === step
          ? undefined
          : `A step took longer than ${patience} ms and was ended with its worker: the run goes on from its last checkpoint, after step ${step}.`;
      set({ status: 'paused', losses: losses.slice(0, step), judged: judged.filter((each) => each.step <= step), message });
    },
    reset: () => {
      turn += 1;
      runs += 1;
      ended?.abort();
      isBegun = false;
      file = undefined;
      state.value = empty;
      void worker.run((api) => api.forget(place)).catch(() => undefined);
    },
    show: ({ settings, losses, judged, milliseconds }) => {
      last = { settings, backend: 'wasm', text: undefined, from: { at: 'kept' } };
      state.value = {
        ...empty,
        status: 'paused',
        settings,
        losses,
        judged,
        milliseconds,
        saved: { step: losses.length, problem: undefined },
      };
    },
    weights: async () => {
      if (!isBegun) {
        await work('starting', async (signal, isCurrent) => {
          if (last === undefined) throw new Error('Nothing was trained yet.');
          await start({ ...last, from: lastPlace() }, signal, isCurrent);
          set({ status: restOf(state.peek()) });
        });
      }
      return isBegun ? worker.run((api) => api.weights()) : undefined;
    },
    kept: () => worker.run((api) => api.kept(place)),
    ask: (run) => worker.run(run),
    close: () => {
      turn += 1;
      worker.close();
    },
  };
}
