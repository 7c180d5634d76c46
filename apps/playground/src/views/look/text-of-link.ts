import { effect } from '@preact/signals';
import { address } from '../../state/address.ts';
import { loadSample, textState } from '../../text/loaded-text.ts';
import { samples } from '../../text/samples.ts';
import { look } from './state.ts';

/**
 * Keeps the text and the link together while the view is shown: a link, and "back", load the sample that they name; a sample that is chosen
 * goes into the link. A person's own text is in none.
 */
export function followText(): () => void {
  const loaded = () =>
    textState.peek()?.at === 'loaded' ? (textState.peek() as { readonly loaded: { readonly id: string } }).loaded : undefined;
  let last: unknown = loaded();
  let named = look.values.peek().text;
  if (address.peek().fields.has('text') && loaded() !== undefined && loaded()?.id !== named) void loadSample(named);
  const ends = [
    effect(() => {
      const { text } = look.values.value;
      if (text === named) return;
      named = text;
      if (loaded()?.id !== text) void loadSample(text);
    }),
    effect(() => {
      const state = textState.value;
      if (state?.at !== 'loaded' || state.loaded === last) return;
      const isFirst = last === undefined;
      last = state.loaded;
      const sample = samples.find(({ id }) => id === state.loaded.id)?.id ?? named;
      if (sample === named && isFirst) return;
      if (sample === look.values.peek().text && isFirst) return;
      const isOfLink = sample === named && state.loaded.id === sample;
      named = sample;
      if (!isOfLink) look.set({ text: sample, at: 0 });
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
