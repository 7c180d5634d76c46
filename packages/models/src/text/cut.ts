import type { Pipeline, Word } from './pipeline.ts';

/** A place at which a text may be cut; what stands beside it is one word where `isJoined`, of which no token reaches over the cut. */
export interface Cut {
  readonly at: number;
  readonly isJoined: boolean;
}

/** Units on each side of a cut that are looked at. */
const around = 128;

const inside = { isStart: false, isEnd: false };

// A blank between two characters that neither combine nor are blank: what a normaliser or a pattern of words sees across it, is little.
const candidates = /(?<=[\p{L}\p{N}\p{P}])[ \n](?=[\p{L}\p{N}\p{P}])/gu;

/** How many places are tried before the text is left whole for longer. */
const mostTries = 24;

/**
 * Where a text may be cut after a place, with the same tokens: the words around the cut, normalised and cut apart on each side alone, are those
 * of both sides together. A blank before the cut's second side stays with that side.
 * @returns undefined where no such place was found
 */
export function cutAfter(pipeline: Pipeline, text: string, from: number): Cut | undefined {
  candidates.lastIndex = from;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const at = candidates.exec(text)?.index;
    // What comes after must be known.
    if (at === undefined || at + around >= text.length) return undefined;
    const isJoined = joins(pipeline, text, at);
    if (isJoined !== undefined) return { at, isJoined };
  }
  return undefined;
}

/** Whether the cut goes through a word; undefined where the sides alone are another text. */
function joins(pipeline: Pipeline, text: string, at: number): boolean | undefined {
  const begin = Math.max(0, onCharacter(text, at - around));
  const end = Math.min(text.length, onCharacter(text, at + around));
  const parts = (from: number, to: number): readonly string[] => partsOf(pipeline.words(text.slice(from, to), from, inside));
  const [both, left, right] = [parts(begin, end), parts(begin, at), parts(at, end)];
  const apart = [...left, ...right];
  if (isSame(both, apart)) return false;
  const [last = '', first = ''] = [left.at(-1), right[0]];
  const joined = [...left.slice(0, -1), joinedPart(last, first), ...right.slice(1)];
  if (!isSame(both, joined)) return undefined;
  const [before = ''] = textOf(last).match(/.$/su) ?? [];
  const [after = ''] = textOf(first).match(/^./su) ?? [];
  return pipeline.model.parts(before, after) ? true : undefined;
}

const onCharacter = (text: string, at: number): number => ((text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at - 1 : at);

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each, index) => each === b[index]);

/** What the model would be given, each with its range. */
function partsOf(words: readonly Word[]): readonly string[] {
  return words.flatMap((word) => {
    if (word.kind === 'added') return [`added ${word.start} ${word.end} ${word.matched}`];
    const { text, bounds } = word.pieces;
    return Array.from({ length: bounds.length / 2 }, (_, index) => {
      const [begin, end] = [bounds[2 * index] ?? 0, bounds[2 * index + 1] ?? 0];
      return `${text.starts?.[begin] ?? text.origin + begin} ${text.ends?.[end - 1] ?? text.origin + end} ${text.text.slice(begin, end)}`;
    });
  });
}

const textOf = (part: string): string => (part.startsWith('added') ? '' : part.replace(/^\d+ \d+ /, ''));

const joinedPart = (left: string, right: string): string =>
  `${left.split(' ', 1)[0]} ${right.split(' ', 2)[1]} ${textOf(left)}${textOf(right)}`;
