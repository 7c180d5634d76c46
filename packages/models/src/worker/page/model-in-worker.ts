import type { AttentionRequest, Key } from '@longspan/core-tensor';
import { ConfigError, requireGiven, requireInteger, requireKind, requireKnown } from '@longspan/core-tensor/error';
import { proxy } from 'comlink';
import { passedOptionNames } from '../../hub/passed-options.ts';
import type { CheckpointSource } from '../../pretrained/files-of.ts';
import type { OnProgress } from '../../pretrained/progress.ts';
import { requireSignal } from '../../pretrained/require-signal.ts';
import type { HostTensor } from '../crossing/host-tensor.ts';
import { unwrapped } from '../crossing/sent-error.ts';
import type { LoadedFacts, LoadOrder, SentenceFacts } from '../served/served-model.ts';
import type { Asked } from '../served/served-run.ts';
import { generationInWorker, type WorkerGenerateOptions, type WorkerGeneration } from './generation-in-worker.ts';
import type { StartWorker } from './life.ts';
import { type HostIds, sentContext, sentIds } from './sent-context.ts';
import { sentSource } from './sent-source.ts';
import { type Stopping, type WorkerLine, workerLine } from './worker-line.ts';

export interface InWorkerOptions extends LoadOrder {
  readonly progress?: OnProgress | undefined;
  /** Ends the load at once, and the worker with it. */
  readonly signal?: AbortSignal | undefined;
}

/** What a model reads besides ids: as in its own thread, with tensors as `{ shape, values }` or rows of integers, and padding as rows. */
export interface WorkerContext extends Readonly<Record<string, unknown>> {
  /** Ends the call: between layers and block rows of the run. */
  readonly signal?: AbortSignal | undefined;
  readonly attentionWeights?: AttentionRequest | undefined;
  readonly key?: Key | undefined;
}

/** What a model gives, its tensors as their numbers; they belong to the page. */
export interface WorkerOutput {
  readonly hidden: HostTensor;
  readonly pooled?: HostTensor;
  readonly hiddenStates?: readonly HostTensor[];
  readonly startLogits?: HostTensor;
  readonly endLogits?: HostTensor;
  /** Handed back as `context.state`, it is gone on from. */
  readonly state?: Readonly<Record<string, HostTensor | number>>;
  readonly attentionWeights?: Readonly<Record<string, { readonly keys: HostTensor; readonly weights: HostTensor }>>;
}

/** How the checkpoint makes vectors of texts, and what makes them. */
export interface SentenceInWorker extends SentenceFacts {
  /** [b, features]. `context.promptLength`: tokens of a prompt that each row begins with. */
  apply(ids: HostIds, context?: WorkerContext & { readonly promptLength?: number | undefined }): Promise<HostTensor>;
}

/** A checkpoint that came in, in a worker. */
export interface ModelInWorker extends Omit<LoadedFacts, 'sentence'> {
  /** How a signal stops a call here. */
  readonly stopping: Stopping;
  /** Runs the model; calls come one after the other. */
  apply(ids: HostIds, context?: WorkerContext): Promise<WorkerOutput>;
  /** The loss of a head: its mean over what `context.labels` tells. */
  loss(ids: HostIds, context: WorkerContext): Promise<number>;
  /** Vectors of texts, where the checkpoint is one of sentence-transformers: the model, and the modules after it. */
  readonly sentence?: SentenceInWorker | undefined;
  /** What the model does at that length that nobody asked for. */
  explain(length: number): Promise<readonly string[]>;
  /** Goes on with prompts, token by token, as `generate` does. */
  generate(ids: readonly (readonly number[])[], options: WorkerGenerateOptions): WorkerGeneration;
  /** Ends the worker, with all that it is at. */
  dispose(): void;
}

const caller = 'modelInWorker';

const optionKinds = {
  family: 'text',
  head: 'text',
  config: 'record',
  precision: true,
  dtype: true,
  key: 'key',
  weights: 'text',
  sentence: 'flag',
  progress: 'function',
  signal: true,
  blockSize: true,
  ...passedOptionNames,
} as const;

/**
 * Loads a checkpoint in a worker, and gives the interface of `fromPretrained` with promises: nothing of it runs on this thread. The worker's
 * file calls `serveModels`. Numbers come back without being copied. A `signal` stops a run within: between layers, block rows of attention
 * and row panels of products; where page and worker cannot share memory, by ending the worker, which then loads the model again
 * (`stopping` says which, and why). The promise is rejected at once either way.
 * @param start makes the worker: `() => new Worker(new URL('./model.worker.js', import.meta.url), { type: 'module' })`, as bundlers want it
 *   written; in Node with Worker of node:worker_threads
 * @param source as of `fromPretrained`; a path in a page starts from the page. Files that the page has stay its own
 * @throws as `fromPretrained`; WorkerError where the worker dies, for all that it was asked
 * @cost that of `fromPretrained` and of the model, in the worker; on this thread a copy of the ids, and of 8 MiB of files at a time
 * @example
 * const config = bertConfig({ vocabSize: 9, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 });
 * const files = await pretrainedFiles({ family: bert, head: 'model', config, parameters: bertModel(config).init(createKey(0)) });
 * const { port1, port2 } = new MessageChannel(); // in place of a worker, whose file would be the next line
 * serveModels({ families: [bert], port: port2 });
 * const model = await modelInWorker(() => Object.assign(port1, { terminate: () => port1.close() }), files);
 * (await model.apply([[1, 2, 3]])).hidden.shape; // => [1, 3, 8]
 * model.dispose();
 */
export async function modelInWorker(start: StartWorker, source: CheckpointSource, options: InWorkerOptions = {}): Promise<ModelInWorker> {
  requireKind(caller, 'start', start, 'function');
  requireGiven(caller, 'source', source, 'where the checkpoint lies');
  requireKnown<InWorkerOptions>(caller, options, optionKinds);
  const { signal, progress, ...order } = options;
  requireSignal(caller, signal);
  signal?.throwIfAborted();
  const sentOrder = sentContext(caller, order) as LoadOrder;
  const line = await workerLine(
    start,
    async ({ remote }, isFirst) => {
      // What it gives stays here: it may be nothing that crosses, as of an async function.
      const told = isFirst && progress !== undefined ? proxy((...event: Parameters<OnProgress>) => void progress(...event)) : undefined;
      return unwrapped(await remote.load(sentSource(caller, source) as never, sentOrder as never, told as never), caller);
    },
    signal,
  );
  return modelOf(line);
}

function modelOf(line: WorkerLine<LoadedFacts>): ModelInWorker {
  const { facts, stopping } = line;
  const { sentence, ...own } = facts;
  const run = async (caller: string, asked: Asked, ids: HostIds, context: WorkerContext): Promise<unknown> => {
    requireKind(caller, 'context', context, 'record');
    const { signal, ...rest } = context;
    requireSignal(caller, signal);
    const sentRows = sentIds(caller, ids);
    const sent = sentContext(caller, rest);
    return line.run(async ({ remote }, flag) => unwrapped(await remote.run(asked, sentRows, sent, flag as never)), signal);
  };
  return {
    ...own,
    stopping,
    apply: async (ids, context = {}) => (await run('apply', 'output', ids, context)) as WorkerOutput,
    loss: async (ids, context) => ((await run('loss', 'loss', ids, context)) as HostTensor).values[0] as number,
    ...(sentence === undefined
      ? {}
      : {
          sentence: {
            ...sentence,
            apply: async (ids: HostIds, context: WorkerContext = {}) =>
              (await run('sentence.apply', 'sentence', ids, context)) as HostTensor,
          },
        }),
    async explain(length) {
      requireInteger('explain', { length }, 1);
      return line.run(async ({ remote }) => unwrapped(await remote.explain(length)));
    },
    generate: (ids, options) => generationInWorker(line, ids, options),
    dispose: () => line.end(disposed()),
  };
}

const disposed = (): ConfigError =>
  new ConfigError({
    caller,
    problem: 'the model must not have been disposed.',
    expected: 'a model in its worker',
    got: 'one whose worker was ended by dispose()',
    remedy: 'load it again.',
  });
