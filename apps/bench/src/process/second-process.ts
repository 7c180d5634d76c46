import { type ChildProcess, fork } from 'node:child_process';
import type { Message, Request } from './messages.ts';
import type { Reporter } from './work.ts';

/** Another process like this one, which is asked and answers, one question at a time, and rests meanwhile unless it was told to work. */
export interface SecondProcess {
  ask(question: string): Promise<string>;
  close(): void;
}

/** Starts a process like this one, whose work is `answerQuestions`; it can be asked when this resolves. It ends with this one at the latest. */
export async function openSecondProcess(request: Request): Promise<SecondProcess> {
  const child = fork(process.argv[1] as string, [], { execArgv: process.execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await next(child, ({ kind }) => kind === 'ready');
  child.send(request);
  await next(child, isAnswer);
  return {
    async ask(question) {
      child.send(question);
      const message = await next(child, isAnswer);
      return message.kind === 'progress' ? message.value.label : '';
    },
    close: () => child.disconnect(),
  };
}

/** The work of a second process: it ends when the process that asks lets go of it. */
export async function answerQuestions(reporter: Reporter, answer: (question: string) => Promise<string>): Promise<never> {
  const say = (label: string): Promise<void> => reporter.progress({ done: 0, label });
  return new Promise((_, failed) => {
    process.on('message', (question: string) => void answer(question).then(say).catch(failed));
    say('ready').catch(failed);
  });
}

const isAnswer = ({ kind }: Message): boolean => kind === 'progress';

function next(child: ChildProcess, isIt: (message: Message) => boolean): Promise<Message> {
  return new Promise((done, failed) => {
    const listen = (message: Message): void => {
      if (message.kind === 'failed') settle(() => failed(new Error(`the second process: ${message.error}`)));
      else if (isIt(message)) settle(() => done(message));
    };
    const exited = (code: number | null): void => settle(() => failed(new Error(`the second process ended with ${code}`)));
    const settle = (how: () => void): void => {
      child.off('message', listen).off('exit', exited);
      how();
    };
    child.on('message', listen).on('exit', exited);
  });
}
