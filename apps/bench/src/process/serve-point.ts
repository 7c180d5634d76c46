import { endWithParent } from '@longspan/tooling/end-with-parent';
import type { Experiment } from '../run/experiment.ts';
import type { Message, Request } from './messages.ts';

/** Makes this process the one of a point: takes one request, sends its messages, ends. */
export async function servePoint(experimentNamed: (name: string) => Experiment): Promise<void> {
  const send = (message: Message): Promise<void> =>
    new Promise((sent, failed) => {
      if (process.send === undefined) throw new Error('a worker is started by the bench, not by hand');
      process.send(message, undefined, undefined, (error) => (error === null ? sent() : failed(error)));
    });
  const handle = async ({ experiment, input }: Request): Promise<void> => {
    const value = await experimentNamed(experiment).run(input, {
      started: () => send({ kind: 'started' }),
      progress: (value) => send({ kind: 'progress', value }),
    });
    await send({ kind: 'result', value });
  };
  endWithParent();
  // Ctrl-C reaches the whole foreground group: the parent decides, and kills this process once it knows what to keep.
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit(1));
  process.once('message', (request: Request) => {
    handle(request)
      .catch((error: unknown) =>
        send({ kind: 'failed', error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }),
      )
      .finally(() => process.disconnect());
  });
  await send({ kind: 'ready' });
}
