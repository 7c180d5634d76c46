import { changed, rewritten, widthAt } from '../aligned-text.ts';
import type { Normalizer } from './normalizer.ts';

/** Characters that are rewritten many at a time, each as one: most of most texts. */
export interface Plain {
  /** Matches a run of them where it stands (flag y). */
  readonly run: RegExp;
  readonly of: (text: string) => string;
}

/**
 * Rewrites character by character: what a character becomes is '' for one that is left out.
 * @param plain what needs no look at each character
 */
export const byCharacter =
  (becomes: (character: string) => string, plain: Plain): Normalizer =>
  (old) => {
    const { text } = old;
    const runAt = (unit: number): number => {
      plain.run.lastIndex = unit;
      return plain.run.exec(text)?.[0].length ?? 0;
    };
    if (runAt(0) === text.length) return rewritten(old, plain.of(text));
    const change = changed(old);
    for (let at = 0; at < text.length; ) {
      const run = runAt(at);
      if (run > 0) change.keep(at + run, plain.of(text.slice(at, at + run)));
      else {
        const made = becomes(text.slice(at, at + widthAt(text, at)));
        if (made === '') change.skip(1);
        else putAll(change, made);
      }
      at = change.taken();
    }
    return change.done();
  };

/** The first character takes the old one's place, those after it are inserted: all have its range. */
function putAll(change: ReturnType<typeof changed>, made: string): void {
  const first = widthAt(made, 0);
  change.put(made.slice(0, first), 'next');
  if (made.length > first) change.put(made.slice(first), 'last');
}
