/** A process in which tfjs's own kernels answer: asked for the number of a call, it sends the numbers that the call must give. */
import { withBackend } from '../expect/backends.ts';
import { callAt } from './all-calls.ts';
import { numbersOf } from './numbers.ts';
import type { Answer, Question } from './reference.ts';

process.on('SIGINT', () => {}); // Ctrl-C reaches the whole foreground group: the soak decides
process.on('disconnect', () => process.exit());
const ready = withBackend('wasm');

process.on('message', async ({ seed, at }: Question) => {
  let answer: Answer;
  try {
    await ready;
    const call = callAt(seed, at);
    answer = { numbers: await numbersOf(call.expected?.() ?? call.run()) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(answer);
});
