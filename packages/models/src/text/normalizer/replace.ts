import { type AlignedText, changed } from '../aligned-text.ts';
import { type Matches, patternOf } from '../pattern/pattern.ts';
import type { Fields } from '../step-json.ts';
import type { Normalizer } from './normalizer.ts';

/** Replaces what a pattern matches: what comes in its place has the range of the last character that was matched. */
export function replace(fields: Fields): Normalizer {
  const matches = patternOf(fields.where, fields.json['pattern']);
  const content = fields.text('content');
  return (old) => replaced(old, matches, content);
}

export function replaced(old: AlignedText, matches: Matches, content: string): AlignedText {
  let change: ReturnType<typeof changed> | undefined;
  for (const [begin, end] of matches(old.text)) {
    if (content.length === 1 && end - begin === 1 && change === undefined) {
      // One unit for one: no range changes, and the text may be long.
      const single = singleUnits(old, matches, content);
      if (single !== undefined) return single;
    }
    change ??= changed(old);
    change.keep(begin);
    change.skip(end - begin - countSecondHalves(old.text, begin, end));
    if (content !== '') change.put(content, 'last');
  }
  if (change === undefined) return old;
  change.keep(old.text.length);
  return change.done();
}

function singleUnits(old: AlignedText, matches: Matches, content: string): AlignedText | undefined {
  const parts: string[] = [];
  let from = 0;
  for (const [begin, end] of matches(old.text)) {
    if (end - begin !== 1) return undefined;
    parts.push(old.text.slice(from, begin), content);
    from = end;
  }
  return { ...old, text: parts.join('') + old.text.slice(from) };
}

function countSecondHalves(text: string, begin: number, end: number): number {
  let count = 0;
  for (let unit = begin; unit < end; unit += 1) if ((text.charCodeAt(unit) & 0xfc00) === 0xdc00) count += 1;
  return count;
}
