import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { promptLoop } from './prompt.ts';

async function asked(lines: string, isEnded: boolean): Promise<readonly string[]> {
  const [input, output, questions] = [new PassThrough(), new PassThrough(), [] as string[]];
  input.write(lines);
  if (isEnded) input.end();
  const answer = async (question: string): Promise<void> => void questions.push(question);
  await promptLoop(answer, { input, output, signal: new AbortController().signal });
  return questions;
}

it('hands on questions until an empty line, or the end', async () => {
  expect(await asked(' Who? \nWhere?\n\nnever\n', false)).toEqual(['Who?', 'Where?']);
  expect(await asked('Who?\nWhere?', true)).toEqual(['Who?', 'Where?']);
});

it('ends with the reason of the signal, and stops the search at work', async () => {
  const [input, stop] = [new PassThrough(), new AbortController()];
  input.write('Who?\n');
  const answer = (_: string, signal: AbortSignal): Promise<void> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('stopped')));
      stop.abort(new Error('Ctrl-C'));
    });
  await expect(promptLoop(answer, { input, output: new PassThrough(), signal: stop.signal })).rejects.toThrow('Ctrl-C');
});
