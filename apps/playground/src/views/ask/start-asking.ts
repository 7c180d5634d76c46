import { proxy } from 'comlink';
import { site } from '../../compute/chosen-device.ts';
import type { LoadedText } from '../../text/loaded-text.ts';
import type { Question } from './passages.ts';
import { asking, keyOf, lookForEncoder, readKeys, worker } from './session.ts';

interface Wanted {
  readonly loaded: LoadedText;
  readonly question: Question;
}

let wanted: Wanted | undefined;
let current: LoadedText | undefined;

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
          const { id, text, language } = loaded;
          const asked = { key, sample: id === 'own' ? undefined : id, language };
          const found = await worker.run(
            async (api) => api.ask(site, asked, (await api.holds(key)) ? undefined : text, question, told),
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
