import { describe, expect, it } from 'vitest';
import { inOrder } from './in-order.mjs';

/** A task that says `words`, one after each of its turns. */
function spoken(words: readonly string[]) {
  const turns: (() => void)[] = [];
  const state = { isStarted: false };
  const run = async (write: (text: string) => void): Promise<number> => {
    state.isStarted = true;
    for (const word of words) {
      await new Promise<void>((resolve) => turns.push(resolve));
      write(word);
    }
    return words.length;
  };
  const turn = async (): Promise<void> => {
    turns.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { run, turn, state };
}

describe('inOrder', () => {
  it('writes what tasks say in the order of the tasks, the first of them at once, and gives their results', async () => {
    const [a, b, c] = [spoken(['a1 ', 'a2 ']), spoken(['b1 ']), spoken(['c1 ', 'c2 '])];
    let text = '';
    const over = inOrder([a.run, b.run, c.run], 2, (words: string) => {
      text += words;
    });
    expect([a, b, c].map(({ state }) => state.isStarted)).toEqual([true, true, false]); // two at once
    await b.turn();
    expect([text, c.state.isStarted]).toEqual(['', true]);
    await c.turn();
    await a.turn();
    expect(text).toBe('a1 ');
    await a.turn();
    expect(text).toBe('a1 a2 b1 c1 '); // b is over, c is heard from now on
    await c.turn();
    expect(text).toBe('a1 a2 b1 c1 c2 ');
    expect(await over).toEqual([2, 1, 2]);
  });

  it('runs one after the other, and nothing where there is nothing', async () => {
    const said: string[] = [];
    const task = (name: string) => async (write: (text: string) => void) => write(name);
    await inOrder([task('x'), task('y')], 1, (words: string) => said.push(words));
    expect(said).toEqual(['x', 'y']);
    expect(await inOrder([], 3, () => {})).toEqual([]);
  });
});
