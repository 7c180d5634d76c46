import { type AlignedText, type Change, changed, widthAt } from '../aligned-text.ts';
import type { Normalizer } from './normalizer.ts';

type Form = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/** A character that is being normalised, with how many old characters it takes: 0 takes the next one, 1 is inserted, -n takes n more. */
interface Unit {
  readonly character: string;
  readonly change: number;
}

// Below U+0300 nothing combines with what stands before it, and below U+00A0 nothing is decomposed either.
const plain = /^[\p{ASCII}\u0080-\u009f]*$/u;

/**
 * A normal form of Unicode with the place of every character. What the forms give is the engine's; which old character a new one takes the place of
 * follows the reference's count of changes.
 * @source the iterators of the crate unicode-normalization-alignments 0.1, which Hugging Face tokenizers takes its forms from
 */
export const unicodeForm = (form: Form): Normalizer => {
  const decomposition = form === 'NFKC' || form === 'NFKD' ? 'NFKD' : 'NFD';
  const isComposed = form === 'NFC' || form === 'NFKC';
  return (old) => {
    if (plain.test(old.text)) return old;
    const change = changed(old);
    for (const [begin, end] of runs(old.text, form)) {
      change.keep(begin);
      const units = decomposed(old.text.slice(begin, end), decomposition);
      for (const unit of isComposed ? composed(units) : units) put(change, unit);
    }
    change.keep(old.text.length);
    return sameAs(old, change.done());
  };
};

function put(change: Change, { character, change: count }: Unit): void {
  change.put(character, count > 0 ? 'last' : 'next', Math.max(0, -count));
}

/** The old one where nothing moved, for its ranges need no table. */
function sameAs(old: AlignedText, made: AlignedText): AlignedText {
  return old.text === made.text && old.starts === undefined ? old : made;
}

const firstDecomposed = 0xa0;

/** What may change, from one character that begins anew to the next. */
function* runs(text: string, form: Form): Iterable<readonly [number, number]> {
  for (let at = 0; at < text.length; ) {
    // By hand: the engine has no room for a match of millions of characters.
    while (at < text.length && text.charCodeAt(at) < firstDecomposed) at += 1;
    if (at === text.length) return;
    // What combines, combines with the character before.
    const begin = Math.max(0, at - 1);
    while (at < text.length && text.charCodeAt(at) >= firstDecomposed) at += 1;
    const end = at;
    const part = text.slice(begin, end);
    if (part.normalize(form) !== part) yield [begin, end];
  }
}

const decomposedCharacters = new Map<string, readonly string[]>();

function decompositionOf(character: string, form: Form): readonly string[] {
  const key = `${form}${character}`;
  let found = decomposedCharacters.get(key);
  if (found === undefined) {
    found = [...character.normalize(form)];
    if (decomposedCharacters.size > 50_000) decomposedCharacters.clear();
    decomposedCharacters.set(key, found);
  }
  return found;
}

function decomposed(text: string, form: Form): readonly Unit[] {
  const units: Unit[] = [];
  for (let at = 0; at < text.length; ) {
    const width = widthAt(text, at);
    for (const [index, character] of decompositionOf(text.slice(at, at + width), form).entries())
      units.push({ character, change: index > 0 ? 1 : 0 });
    at += width;
  }
  return inOrder(units);
}

/** Marks after one character stand by their classes; those of one class keep their order. */
function inOrder(units: readonly Unit[]): readonly Unit[] {
  const ordered: Unit[] = [];
  for (let at = 0; at < units.length; ) {
    let end = at + 1;
    while (end < units.length && !isStarter(characterOf(units, end))) end += 1;
    ordered.push(...(end - at > 1 ? sorted(units.slice(at, end)) : units.slice(at, end)));
    at = end;
  }
  return ordered;
}

const characterOf = (units: readonly Unit[], at: number): string => units[at]?.character ?? '';

/** The order is the engine's; equal characters are of one class, so the first of them stays the first. */
function sorted(units: readonly Unit[]): readonly Unit[] {
  const waiting = new Map<string, Unit[]>();
  for (const unit of units) {
    const same = waiting.get(unit.character);
    if (same === undefined) waiting.set(unit.character, [unit]);
    else same.push(unit);
  }
  for (const each of waiting.values()) each.reverse();
  const joined = units.map(({ character }) => character).join('');
  return [...joined.normalize('NFD')].map((character) => waiting.get(character)?.pop() ?? { character, change: 1 });
}

/**
 * Joins what follows a character with it, where nothing of the same class stands between.
 * @source Recompositions of the crate: a joined pair takes what both take, less one
 */
function composed(units: readonly Unit[]): readonly Unit[] {
  const made: Unit[] = [];
  let base: Unit | undefined;
  let marks: Unit[] = [];
  const flush = (): void => {
    if (base !== undefined) made.push(base);
    made.push(...marks);
    base = undefined;
    marks = [];
  };
  for (const unit of units) {
    if (base === undefined) {
      if (isStarter(unit.character)) base = unit;
      else made.push(unit);
      continue;
    }
    const last = marks.at(-1)?.character;
    const isBlocked = last !== undefined && (isStarter(unit.character) || isSameClass(last, unit.character));
    const joined = isBlocked ? undefined : pairOf(base.character, unit.character);
    if (joined !== undefined) base = { character: joined, change: base.change + unit.change - 1 };
    else if (isStarter(unit.character)) {
      flush();
      base = unit;
    } else marks.push(unit);
  }
  flush();
  return made;
}

/** The one character that two make, if they do. */
function pairOf(first: string, second: string): string | undefined {
  const joined = `${first}${second}`.normalize('NFC');
  return joined.length === widthAt(joined, 0) ? joined : undefined;
}

const starters = new Map<string, boolean>();

/** Whether marks do not move past it. There is no table of classes here: a mark of class 240 and one of class 1 tell. */
function isStarter(character: string): boolean {
  if (character < '\u0300') return true;
  let known = starters.get(character);
  if (known === undefined) {
    const [behind, before] = [`\u0345${character}`, `${character}\u0334`];
    known = behind.normalize('NFD').startsWith('\u0345') && !before.normalize('NFD').startsWith('\u0334');
    if (starters.size > 50_000) starters.clear();
    starters.set(character, known);
  }
  return known;
}

/** Of marks in order: whether they are of one class. */
const isSameClass = (first: string, second: string): boolean =>
  !isStarter(first) && `${second}${first}`.normalize('NFD').startsWith(second) && `${first}${second}`.normalize('NFD').startsWith(first);
