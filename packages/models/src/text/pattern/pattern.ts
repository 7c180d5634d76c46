import { SplitPreTokenizer } from '@huggingface/tokenizers';
import { isRecord, show } from '@longspan/core-tensor/error';
import { badFile } from '../step-json.ts';
import { isPlain } from './is-plain.ts';
import { linearMatches } from './linear-matches.ts';
import { mostSteps, parsePattern, programOf, UnsupportedPattern } from './program.ts';

/** Where a pattern matches, in order. */
export type Matches = (text: string) => Iterable<readonly [begin: number, end: number]>;

const [mostUnits, mostNesting] = [10_000, 100];

/**
 * A pattern of tokenizer.json: `{ String }` as it stands, `{ Regex }` in Oniguruma's syntax, which @huggingface/tokenizers rewrites to
 * JavaScript's. A regular expression is a stranger's: one that could make the engine go back and forth without end is run by `linearMatches`.
 */
export function patternOf(where: string, json: unknown): Matches {
  if (typeof json === 'string') return ofText(json);
  if (isRecord(json) && typeof json['String'] === 'string') return ofText(json['String']);
  if (isRecord(json) && typeof json['Regex'] === 'string') return ofRegex(where, json['Regex']);
  throw badFile(`the pattern of the ${where} must be a text or a regular expression.`, '{ String: "…" } or { Regex: "…" }', show(json));
}

function ofRegex(where: string, source: string): Matches {
  if (source.length > mostUnits)
    throw badFile(`the pattern of the ${where} must be short.`, `${mostUnits} characters at most`, `${source.length}`);
  if (nestingOf(source) > mostNesting)
    throw badFile(`the pattern of the ${where} must be flat.`, `${mostNesting} groups within each other at most`, `${nestingOf(source)}`);
  const pattern = rewrittenRegex(where, source);
  try {
    const parsed = parsePattern(pattern.source);
    return isPlain(parsed) ? matchesOf(pattern) : linearMatches(programOf(parsed));
  } catch (cause) {
    if (!(cause instanceof UnsupportedPattern)) throw cause;
    throw badFile(
      `the pattern of the ${where} must be one that takes a time in proportion to the text.`,
      `at most ${mostSteps} steps, and no reference to what was matched`,
      `${show(source)}: ${cause.message}`,
    );
  }
}

/** How many groups lie within each other: whoever reads them needs as much of the stack. */
function nestingOf(source: string): number {
  let [depth, deepest] = [0, 0];
  for (const [each] of source.matchAll(/\\.|\[(?:\\.|[^\]])*\]|[()]/gs)) {
    if (each === '(') deepest = Math.max(deepest, ++depth);
    else if (each === ')') depth -= 1;
  }
  return deepest;
}

/** Taken from a step of the library's, which exports its rewriting in no other way. */
function rewrittenRegex(where: string, source: string): RegExp {
  const bad = (why: unknown): Error =>
    badFile(
      `the pattern of the ${where} must be one that JavaScript can run.`,
      'a regular expression of Oniguruma',
      `${show(source)}: ${why}`,
    );
  try {
    const { pattern } = new SplitPreTokenizer({ type: 'Split', pattern: { Regex: source }, behavior: 'Isolated', invert: true });
    if (pattern === null) throw bad('no pattern');
    return pattern;
  } catch (cause) {
    throw bad(cause);
  }
}

/**
 * All matches of a global regular expression. The engine keeps a note of each character of a part of any length, and gives up where it has no room
 * for them: after some million ideographs without a blank. What is left is then matched without notes.
 */
export const matchesOf = (pattern: RegExp): Matches => {
  let linear: ReturnType<typeof linearMatches> | undefined;
  return function* matches(text) {
    let from = 0;
    try {
      for (const match of text.matchAll(pattern)) {
        from = match.index + match[0].length;
        if (match[0].length > 0) yield [match.index, from];
      }
      return;
    } catch (cause) {
      if ((cause as Partial<Error> | null)?.name !== 'RangeError') throw cause;
    }
    linear ??= linearMatches(programOf(parsePattern(pattern.source)));
    yield* linear(text, from);
  };
};

function ofText(wanted: string): Matches {
  return function* matches(text) {
    if (wanted === '') return;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) yield [at, at + wanted.length];
  };
}
