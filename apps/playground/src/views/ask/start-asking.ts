import { proxy } from 'comlink';
import { site } from '../../compute/chosen-device.ts';
import { newest } from '../../compute/newest.ts';
import type { LoadedText } from '../../text/loaded-text.ts';
import type { AskedText, Found, Question } from './passages.ts';
import { asking, keyOf, lookForEncoder, readKeys, wordWorker, worker } from './session.ts';

export interface Wanted {
  readonly loaded: LoadedText;
  readonly question: Question;
}

let wanted: Wanted | undefined;
let current: LoadedText | undefined;

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
  void asking
    .start(async (signal, say) => {
      const told = proxy(say);
      try {
        for (;;) {
          const { loaded, question } = wanted as Wanted;
          wanted = undefined;
          current = loaded;
          const key = keyOf(loaded);
          const found = await worker.run(
            async (api) => api.ask(site, askedText(loaded), (await api.holds(key)) ? undefined : loaded.text, question, told),
            signal,
          );
          readKeys.value = new Set([...readKeys.peek(), key]);
          void lookForEncoder();
          if (wanted === undefined) return found;
        }
      } catch (error) {
        readKeys.value = new Set(); // they went with the worker
        throw error;
      }
    })
    .then(() => {
      if (wanted !== undefined && asking.state.peek().at === 'done') start(wanted.loaded, wanted.question);
    });
}

const isSame = (one: Question, other: Question): boolean =>
  one.question === other.question && one.level === other.level && one.weight === other.weight;

/** Ends what is read of another text: nobody waits for it. */
export function stopOther(loaded: LoadedText): void {
  if (asking.state.peek().at === 'running' && current !== undefined && current !== loaded) asking.cancel();
}
