import { type AlignedText, changed } from '../aligned-text.ts';
import type { Fields } from '../step-json.ts';
import type { Normalizer } from './normalizer.ts';

/** Puts a text before the first character, with that one's range; an empty text stays empty. */
export function prepend(fields: Fields): Normalizer {
  const before = fields.text('prepend');
  return (old, place) => (place.isStart ? prepended(old, before) : old);
}

function prepended(old: AlignedText, before: string): AlignedText {
  if (old.text === '' || before === '') return old;
  const change = changed(old);
  change.before(before);
  change.keep(old.text.length);
  return change.done();
}
