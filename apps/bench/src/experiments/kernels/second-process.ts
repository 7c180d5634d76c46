import { type ChildProcess, fork } from 'node:child_process';
import type { Message, Request } from '../../process/messages.ts';
import type { KernelInput } from './input.ts';

/** Another process that does the same work on one thread, over and over, while it is told to. */
export interface SecondProcess {
  /** Resolves once it is at work. */
  work(): Promise<void>;
  /** Resolves once it rests. */
  rest(): Promise<void>;
  close(): void;
}

/** What the second process is told, and, as the label of its progress, answers. */
export type SecondState = 'work' | 'rest';

/** Starts a process like this one. It ends with this one at the latest. */
export async function openSecondProcess(input: KernelInput): Promise<SecondProcess> {
  const child = fork(process.argv[1] as string, [], { execArgv: process.execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await answer(child, ({ kind }) => kind === 'ready');
  const request: Request = { experiment: 'kernels', input };
  child.send(request);
  await answer(child, isState('rest'));
  let state: SecondState = 'rest';
  const become = async (next: SecondState): Promise<void> => {
    if (state === next) return;
    state = next;
    child.send(next);
    await answer(child, isState(next));
  };
  return { work: () => become('work'), rest: () => become('rest'), close: () => child.disconnect() };
}

const isState =
  (state: SecondState) =>
  (message: Message): boolean =>
    message.kind === 'progress' && message.value.label === state;

function answer(child: ChildProcess, isIt: (message: Message) => boolean): Promise<void> {
  return new Promise((done, failed) => {
    const listen = (message: Message): void => {
      if (message.kind === 'failed') settle(new Error(`the second process: ${message.error}`));
      else if (isIt(message)) settle();
    };
    const exited = (code: number | null): void => settle(new Error(`the second process ended with ${code}`));
    const settle = (error?: Error): void => {
      child.off('message', listen).off('exit', exited);
      if (error === undefined) done();
      else failed(error);
    };
    child.on('message', listen).on('exit', exited);
  });
}
