import { changed, rewritten, widthAt } from '../aligned-text.ts';
import type { Normalizer } from './normalizer.ts';

/**
 * Rewrites character by character: what a character becomes is '' for one that is left out.
 * @param plain what ASCII becomes, of the same length: most texts are nothing else
 */
export const byCharacter =
  (becomes: (character: string) => string, plain: { readonly test: RegExp; readonly of: (text: string) => string }): Normalizer =>
  (old) => {
    if (plain.test.test(old.text)) return rewritten(old, plain.of(old.text));
    const change = changed(old);
    const { text } = old;
    for (let at = 0; at < text.length; ) {
      const width = widthAt(text, at);
      const character = text.slice(at, at + width);
      const made = becomes(character);
      if (made === '') change.skip(1);
      else putAll(change, made);
      at += width;
    }
    return change.done();
  };

/** The first character takes the old one's place, those after it are inserted: all have its range. */
function putAll(change: ReturnType<typeof changed>, made: string): void {
  const first = widthAt(made, 0);
  change.put(made.slice(0, first), 'next');
  if (made.length > first) change.put(made.slice(first), 'last');
}
