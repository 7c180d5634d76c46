import { effect } from '@preact/signals';
import { address } from '../state/address.ts';
import { type LoadedText, loadSample, textState } from './loaded-text.ts';
import { samples } from './samples.ts';

/** A view whose link names the sample that it shows. */
interface NamesText {
  readonly values: { readonly value: { readonly text: string }; peek(): { readonly text: string } };
}

const loaded = (): LoadedText | undefined => {
  const state = textState.peek();
  return state?.at === 'loaded' ? state.loaded : undefined;
};

/**
 * Keeps the text and the link together while a view is shown: a link, and "back", load the sample that they name; a sample that is chosen
 * goes into the link. A person's own text is in none.
 * @param changed another text is shown: the view names it, where it is a sample, and forgets its place
 */
export function followText(view: NamesText, changed: (sample: string | undefined) => void): () => void {
  let named = view.values.peek().text;
  const before = loaded();
  if (before !== undefined && before.id !== named) {
    if (address.peek().fields.has('text')) void loadSample(named);
    else tell(before);
  }
  let last = loaded();

  function tell({ id }: LoadedText): void {
    const sample = samples.find((each) => each.id === id)?.id;
    if (sample !== undefined) named = sample;
    changed(sample);
  }

  const ends = [
    effect(() => {
      const { text } = view.values.value;
      if (text === named) return;
      named = text;
      if (loaded()?.id !== text) void loadSample(text);
    }),
    effect(() => {
      const state = textState.value;
      if (state?.at !== 'loaded' || state.loaded === last) return;
      const isFirst = last === undefined;
      last = state.loaded;
      if (state.loaded.id !== named || (!isFirst && state.loaded.id === 'own')) tell(state.loaded);
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
