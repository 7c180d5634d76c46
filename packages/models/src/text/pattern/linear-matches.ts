import { ConfigError } from '@longspan/core-tensor/error';
import { widthAt } from '../aligned-text.ts';
import type { Program } from './program.ts';

/** What is known of a step at a place: that it leads nowhere, or, of what is only looked at, that it fits. */
const [failed, fits] = [1, 2];

/** Bytes of the table of what is known, and of those that are kept from one text to the next. */
const [mostBytes, keptBytes] = [2 ** 28, 2 ** 23];

/**
 * All matches of a program, as `matchAll` gives them: leftmost, by the order of what is tried, and none of them empty. A step that failed at a place
 * is not tried there again, from wherever it is reached, so that no pattern takes longer than its steps times the text. RE2 and its ports, which
 * promise the same, have no look-ahead, and published tokenizers need one.
 * @throws ConfigError for a text whose table would be larger than 256 MiB
 * @cost O(steps · n) time; a byte for each step and unit of the text
 * @source the bit-state matcher of RE2; Davis, Servant and Lee 2021 (Using Selective Memoization to Defeat Regular Expression Denial of Service)
 */
export function linearMatches({
  steps,
  start,
  looked,
}: Program): (text: string, begin?: number) => readonly (readonly [begin: number, end: number])[] {
  const { length: count } = steps;
  let kept = new Uint8Array(0);
  return (text, begin = 0) => {
    const known = tableFor(text.length);
    const matches: (readonly [number, number])[] = [];
    for (let from = begin; from < text.length; ) {
      const end = run(text, known, start, from);
      if (end > from) matches.push([from, end]);
      from = end > from ? end : from + widthAt(text, from);
    }
    return matches;
  };

  function tableFor(length: number): Uint8Array {
    const size = count * (length + 1);
    if (size > mostBytes) throw tooLong(length, Math.floor(mostBytes / count) - 1);
    if (size > kept.length && size <= keptBytes) kept = new Uint8Array(Math.min(keptBytes, 2 * size));
    return size <= kept.length ? kept.fill(0, 0, size) : new Uint8Array(size);
  }

  /** Where what begins at a step and a place ends; -1 where it does not fit. */
  function run(text: string, known: Uint8Array, first: number, from: number): number {
    const isLook = first < looked;
    // What is still to be tried: a step, its place, and how long the path was; the path is what was not found to fail.
    const waiting: number[] = [];
    const path: number[] = [];
    let [at, place] = [first, from];
    for (;;) {
      const key = place * count + at;
      const step = steps[at];
      if (known[key] === fits || step?.kind === 'end') {
        for (const each of path) known[each] = isLook ? fits : 0;
        return place;
      }
      let next = -1;
      if (known[key] !== failed && step !== undefined) {
        known[key] = failed; // while it is tried too: to come back to it without a character would have no end
        path.push(key);
        if (step.kind === 'either') {
          waiting.push(step.second, place, path.length);
          next = step.first;
        } else if (step.kind === 'look') {
          if (run(text, known, step.inner, place) >= 0 !== step.isNegated) next = step.next;
        } else {
          const begin = step.isBackward ? before(text, place) : place;
          if (begin >= 0 && begin < text.length && step.test(text.codePointAt(begin) ?? 0)) {
            next = step.next;
            place = step.isBackward ? begin : place + widthAt(text, place);
          }
        }
      }
      if (next >= 0) {
        at = next;
        continue;
      }
      const [length, back, other] = [waiting.pop(), waiting.pop(), waiting.pop()];
      path.length = length ?? 0;
      if (back === undefined || other === undefined) return -1;
      [at, place] = [other, back];
    }
  }
}

/** Where the character before a place begins. */
function before(text: string, place: number): number {
  if (place < 2 || (text.charCodeAt(place - 1) & 0xfc00) !== 0xdc00) return place - 1;
  return widthAt(text, place - 2) === 2 ? place - 2 : place - 1;
}

const tooLong = (length: number, most: number): ConfigError =>
  new ConfigError({
    caller: 'tokenizer.encode',
    problem: 'a text without blanks at which it can be cut must be short for a pattern of that size.',
    expected: `at most ${most} UTF-16 units in one piece`,
    got: `${length}`,
    remedy: 'cut the text at places of your own and encode the parts.',
  });
