/** A fresh process for one task: takes one order, sends its messages, ends. */
import type { Message, Order, TaskName, Tasks } from './tasks.ts';
import type { Reporter, Work } from './work.ts';

type WorkOf<Name extends TaskName> = Work<Tasks[Name]['input'], Tasks[Name]['progress'], Tasks[Name]['result']>;

const works: { readonly [Name in TaskName]: () => Promise<WorkOf<Name>> } = {
  checks: async () => (await import('../experiments/book/check/check-task.ts')).runChecks,
  point: async () => (await import('../experiments/book/sweep/point-task.ts')).runPoint,
  experiment: async () => (await import('../run/point.ts')).runExperimentPoint,
  train: async () => (await import('../experiments/book/train/train-task.ts')).runTraining,
};

const send = (message: Message): Promise<void> =>
  new Promise((sent, failed) => {
    if (process.send === undefined) throw new Error('worker.ts is started by the bench, not by hand');
    process.send(message, undefined, undefined, (error) => (error === null ? sent() : failed(error)));
  });

async function obey<Name extends TaskName>({ task, input }: Order<Name>): Promise<void> {
  const reporter: Reporter<Tasks[Name]['progress']> = {
    started: () => send({ kind: 'started' }),
    progress: (value) => send({ kind: 'progress', value }),
  };
  const work: WorkOf<Name> = await works[task]();
  await send({ kind: 'result', value: await work(input, reporter) });
}

// Ctrl-C reaches the whole foreground group: the parent decides, and kills this process once it knows what to keep.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(1));
process.once('message', (order: Order) => {
  obey(order)
    .catch((error: unknown) => send({ kind: 'failed', error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }))
    .finally(() => process.disconnect());
});
await send({ kind: 'ready' });
