import { proxy } from 'comlink';
import { site } from '../../compute/chosen-device.ts';
import type { Progress } from '../../compute/job.ts';
import { newest } from '../../compute/newest.ts';
import type { LoadedText } from '../../text/loaded-text.ts';
import { type AskedText, type Found, mostHeld, type Question } from './passages.ts';
import { askedKey, asking, keyOf, lookForEncoder, readKeys, wordWorker, worker } from './session.ts';

export interface Wanted {
  readonly loaded: LoadedText;
  readonly question: Question;
}

let wanted: Wanted | undefined;
/** Whether what runs was ended because another text is shown. */
let isLeft = false;

const askedText = (loaded: LoadedText): AskedText => ({
  key: keyOf(loaded),
  sample: loaded.id === 'own' ? undefined : loaded.id,
  language: loaded.language,
});

/** What words alone find, of the last question and text that were wanted; undefined where that did not work: the model is asked all the same. */
export const findByWords = (done: (found: Found | undefined) => void): ((wanted: Wanted) => void) =>
  newest(
    ({ loaded, question }: Wanted) =>
      wordWorker.run(async (api) => api.ask(askedText(loaded), (await api.holds(keyOf(loaded))) ? undefined : loaded.text, question)),
    { done, failed: () => done(undefined) },
  );

/** Asks. Of questions that come while one is answered the last counts: the worker is not ended for it, or it would have to read the text again. */
export function start(loaded: LoadedText, question: Question): void {
  const state = asking.state.peek();
  if (state.at === 'done' && state.result.key === keyOf(loaded) && isSame(state.result.question, question)) return;
  wanted = { loaded, question };
  if (state.at === 'running') return;
  void asking.start(answerAll).then(() => {
    const { at } = asking.state.peek();
    const next = at === 'done' || isLeft ? wanted : undefined;
    wanted = undefined;
    isLeft = false;
    if (next !== undefined) start(next.loaded, next.question);
  });
}

async function answerAll(signal: AbortSignal, say: (progress: Progress) => void): Promise<Found> {
  const told = proxy(say);
  try {
    for (;;) {
      const { loaded, question } = wanted as Wanted;
      wanted = undefined;
      const key = keyOf(loaded);
      askedKey.value = key;
      const found = await worker.run(
        async (api) => api.ask(site, askedText(loaded), (await api.holds(key)) ? undefined : loaded.text, question, told),
        signal,
      );
      readKeys.value = [...readKeys.peek().filter((each) => each !== key), key].slice(-mostHeld);
      if (wanted === undefined) return found;
    }
  } catch (error) {
    readKeys.value = []; // they went with the worker
    throw error;
  } finally {
    void lookForEncoder(); // what was ended while it read has fetched the model
  }
}

const isSame = (one: Question, other: Question): boolean =>
  one.question === other.question && one.level === other.level && one.weight === other.weight;

/** Ends what is read of another text: nobody waits for it. */
export function stopOther(loaded: LoadedText): void {
  if (asking.state.peek().at !== 'running' || askedKey.peek() === keyOf(loaded)) return;
  wanted = undefined;
  isLeft = true;
  asking.cancel();
}
