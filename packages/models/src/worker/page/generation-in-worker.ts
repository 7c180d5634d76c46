import type { Key } from '@longspan/core-tensor';
import { requireKind, requireKnown } from '@longspan/core-tensor/error';
import type { ConfigJson } from '../../config/read-config.ts';
import type { Generated } from '../../generation/index.ts';
import { requireSignal } from '../../pretrained/require-signal.ts';
import { unwrapped } from '../crossing/sent-error.ts';
import type { SentStep } from '../served/served-generation.ts';
import type { LoadedFacts } from '../served/served-model.ts';
import { raise, stopFlag } from '../stop-flag.ts';
import { sentContext } from './sent-context.ts';
import { anew, type WorkerLine } from './worker-line.ts';

/** How tokens are chosen: the keys of Hugging Face's generation_config.json, in snake_case or camelCase, for functions do not cross. */
export interface WorkerGenerateOptions {
  readonly config: ConfigJson;
  /** Where `do_sample` draws from. */
  readonly key?: Key | undefined;
  /** What the model reads of its context besides padding, positions and state. */
  readonly context?: Readonly<Record<string, unknown>> | undefined;
  /** Ends the generation, within the step at work: the result is then not finished. */
  readonly signal?: AbortSignal | undefined;
}

/** A generation: its steps one by one, and what came of it. Nothing happens before the first of them is asked for. */
export interface WorkerGeneration extends AsyncIterable<SentStep> {
  /** Takes the steps that are left, and gives the sequences. */
  result(): Promise<Generated>;
}

const caller = 'generate';

export function generationInWorker(
  line: WorkerLine<LoadedFacts>,
  ids: readonly (readonly number[])[],
  options: WorkerGenerateOptions,
): WorkerGeneration {
  requireKind(caller, 'ids', ids, 'list');
  requireKnown<WorkerGenerateOptions>(caller, options, { config: 'record', key: 'key', context: 'record', signal: true });
  const { config = {}, key, context, signal } = options;
  requireSignal(caller, signal);
  const order = { ids, config, ...sentContext(caller, { key, context }) };
  // One for all steps: the signal ends them without an error, so it does not go to the line.
  const flag = signal === undefined ? undefined : stopFlag();
  const stop = (): void => {
    if (flag !== undefined) raise(flag);
  };
  signal?.addEventListener('abort', stop, { once: true });

  let begun: Promise<{ readonly nth: number; readonly life: number }> | undefined;
  const begin = () => {
    begun ??= line.run(async ({ remote }) => ({
      nth: unwrapped(await remote.generate(order as never, flag as never)),
      life: line.lives(),
    }));
    return begun;
  };
  const inIts = async <Value>(ask: (nth: number, remote: Parameters<Parameters<typeof line.run>[0]>[0]['remote']) => Promise<Value>) => {
    const { nth, life } = await begin();
    return line.run(async ({ remote }) => {
      if (line.lives() !== life) throw anew();
      return ask(nth, remote);
    });
  };
  const steps = stepsOf();
  async function* stepsOf(): AsyncGenerator<SentStep, void> {
    try {
      while (!signal?.aborted) {
        const step = await inIts(async (nth, remote) => unwrapped(await remote.step(nth)));
        if (step === undefined) return;
        yield step;
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      if (begun !== undefined) await inIts(async (nth, remote) => unwrapped(await remote.end(nth))).catch(() => {}); // it may be gone
    }
  }
  return {
    [Symbol.asyncIterator]: () => steps,
    async result() {
      for await (const _ of steps);
      // Not begun before the signal: its first step then ends it.
      await inIts(async (nth, remote) => unwrapped(await remote.step(nth)));
      return inIts(async (nth, remote) => unwrapped(await remote.result(nth)));
    },
  };
}
