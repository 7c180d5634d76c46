import { ConfigError, requireKnown, show } from '@longspan/core-tensor/error';
import { expose, type Remote, releaseProxy, transfer } from 'comlink';
import type { Generated } from '../../generation/index.ts';
import { type Family, requireFamily } from '../../pretrained/family.ts';
import type { OnProgress } from '../../pretrained/progress.ts';
import type { HostTensor } from '../crossing/host-tensor.ts';
import { type Answer, answered } from '../crossing/sent-error.ts';
import { ownEnd } from '../endpoint.ts';
import { ready } from '../ready.ts';
import type { StopFlag } from '../stop-flag.ts';
import type { LentFiles } from './page-files.ts';
import type { GenerateOrder, SentStep } from './served-generation.ts';
import type { LoadedFacts, LoadOrder, ServedModel } from './served-model.ts';
import type { Asked } from './served-run.ts';

export interface ServeOptions {
  /** The families whose checkpoints it reads, so that the worker's bundle carries no other; whichever a checkpoint is of by default. */
  readonly families?: readonly Family[] | undefined;
  /** The end of a channel to serve at; the worker's own by default. */
  readonly port?: MessagePort | undefined;
}

/** What the page calls, by comlink. */
export interface Wire {
  load(source: string | LentFiles, order: LoadOrder, progress: OnProgress | undefined): Promise<Answer<LoadedFacts>>;
  run(asked: Asked, ids: HostTensor, context: Readonly<Record<string, unknown>>, flag: StopFlag | undefined): Promise<Answer<unknown>>;
  explain(length: number): Promise<Answer<readonly string[]>>;
  generate(order: GenerateOrder, flag: StopFlag | undefined): Promise<Answer<number>>;
  step(nth: number): Promise<Answer<SentStep | undefined>>;
  result(nth: number): Promise<Answer<Generated>>;
  end(nth: number): Promise<Answer<void>>;
}

const caller = 'serveModels';

/**
 * The one line of a worker's file: from then on `modelInWorker` loads and runs a model there. What the worker computes with is set up before,
 * as in a page: the import of a tfjs backend, `await register()` of @longspan/wasm-backend.
 * @throws ConfigError outside of a worker, for what is no family and for an unknown option
 * @cost no tensor operations
 * @example
 * const { port1, port2 } = new MessageChannel(); // in a worker: serveModels({ families: [bert] })
 * serveModels({ families: [bert], port: port1 });
 * port1.close(); // => undefined
 */
export function serveModels(options: ServeOptions = {}): void {
  requireKnown<ServeOptions>(caller, options, { families: 'list', port: true });
  const { families, port } = options;
  for (const each of families ?? []) requireFamily(caller, each);
  if (port !== undefined) requirePort(port);
  const end = port ?? ownEnd();
  if (end === undefined) throw noWorker();
  expose(wireOf(families), end);
  end.postMessage(ready);
}

function requirePort(port: MessagePort): void {
  if (
    typeof port === 'object' &&
    ['postMessage', 'addEventListener', 'start'].every((name) => typeof Reflect.get(port, name) === 'function')
  )
    return;
  throw new ConfigError({
    caller,
    problem: 'port must be the end of a channel.',
    expected: 'a MessagePort',
    got: show(port),
    remedy: 'give a port of new MessageChannel(), or leave it out in the file of a worker.',
  });
}

/** What runs models is fetched when one is loaded: a page, which imports the same entry, carries none of it. */
function wireOf(families: readonly Family[] | undefined): Wire {
  let loaded: ServedModel | undefined;
  const model = (): ServedModel => loaded as ServedModel; // the page asks for nothing before it has loaded one
  return {
    async load(source, order, progress) {
      const answer = await answered(async () => {
        const { servedModel } = await import('./served-model.ts');
        loaded = servedModel(families);
        return loaded.load(source, order, progress);
      });
      for (const lent of [source, progress]) if (typeof lent === 'function') (lent as object as Remote<OnProgress>)[releaseProxy]();
      return answer;
    },
    async run(...given) {
      const answer = await answered(() => model().run(...given));
      return 'failed' in answer ? answer : transfer({ value: answer.value.value }, [...answer.value.buffers]);
    },
    explain: (length) => answered(async () => model().explain(length)),
    generate: (...given) => answered(() => model().generate(...given)),
    step: (nth) => answered(() => model().generation(nth).step()),
    result: (nth) => answered(() => model().generation(nth).result()),
    end: (nth) => answered(() => model().generation(nth).end()),
  };
}

const noWorker = (): ConfigError =>
  new ConfigError({
    caller,
    problem: 'serveModels must be called in a worker.',
    expected: "the file of new Worker(new URL('./model.worker.js', import.meta.url), { type: 'module' })",
    got: 'the main thread',
    remedy: 'move it to a file of its own, and give modelInWorker a function that makes a worker of it.',
  });
