import { type AlignedText, changed, rewritten } from '../aligned-text.ts';
import { matchesOf } from '../pattern/pattern.ts';
import { badFile, type Fields } from '../step-json.ts';
import { cutBy, forEachPart, type Pieces, type PreTokenizer } from './pieces.ts';

/** Spaces become a letter of their own (▁), one is put before the text as the file says, and each begins a part. */
export function metaspace(fields: Fields): PreTokenizer {
  const sign = fields.text('replacement', '▁');
  if (sign.length !== 1) throw badFile('replacement of the Metaspace must be one character.', 'as ▁', JSON.stringify(sign));
  // Older files have add_prefix_space in the place of a scheme.
  const scheme = fields.one('prepend_scheme', ['always', 'first', 'never'], fields.flag('add_prefix_space', true) ? 'always' : 'never');
  const isSplit = fields.flag('split', true);
  const signs = matchesOf(new RegExp(sign.replace(/[\\^$.*+?()[\]{}|]/, '\\$&'), 'g'));
  return (pieces, place) => {
    const signed = { ...pieces, text: rewritten(pieces.text, pieces.text.text.replaceAll(' ', sign)) };
    const isFirst = (begin: number): boolean => begin > 0 || place.isStart;
    const begun = withPrefix(signed, sign, (begin, start) => {
      if (signed.text.text.charAt(begin) === sign || !isFirst(begin)) return false;
      return scheme === 'always' || (scheme === 'first' && start === 0);
    });
    return isSplit ? cutBy(begun, signs, 'MergedWithNext') : begun;
  };
}

/** Puts a character before the parts that want one; it has the range of the part's first. */
export function withPrefix(pieces: Pieces, prefix: string, wants: (begin: number, start: number) => boolean): Pieces {
  const { text } = pieces;
  const wanted: number[] = [];
  forEachPart(pieces, (begin) => {
    if (wants(begin, partStart(text, begin))) wanted.push(begin);
  });
  if (wanted.length === 0) return pieces;
  const change = changed(text);
  for (const begin of wanted) {
    change.keep(begin);
    change.before(prefix);
  }
  change.keep(text.text.length);
  let [shift, next] = [0, 0];
  const bounds: number[] = [];
  forEachPart(pieces, (begin, end) => {
    const isWanted = wanted[next] === begin;
    bounds.push(begin + shift, end + shift + (isWanted ? prefix.length : 0));
    if (isWanted) {
      shift += prefix.length;
      next += 1;
    }
  });
  return { text: change.done(), bounds };
}

const partStart = ({ origin, starts }: AlignedText, unit: number): number => starts?.[unit] ?? origin + unit;
