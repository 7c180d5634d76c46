import { isRecord, show } from '@longspan/core-tensor/error';
import { alignedText } from './aligned-text.ts';
import { mostIds } from './model/vocabulary.ts';
import type { Normalizer } from './normalizer/normalizer.ts';
import { whole } from './place.ts';
import { badFile } from './step-json.ts';

/** A token that is found in the text before anything is cut: [MASK], or a word that was added to a vocabulary. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly isSpecial: boolean;
  /** Not beside a letter or a digit. */
  readonly isWord: boolean;
  /** It takes the blanks before it, and after it. */
  readonly stripsLeft: boolean;
  readonly stripsRight: boolean;
  /** It is looked for in the normalised text. */
  readonly isNormalized: boolean;
}

/** The added_tokens of tokenizer.json. */
export function readAddedTokens(json: unknown): readonly AddedToken[] {
  if (json === undefined || json === null) return [];
  if (!Array.isArray(json)) throw badFile('added_tokens must be a list.', '[{ id, content, … }, …]', show(json));
  return (json as readonly unknown[]).map((each) => addedToken(each));
}

function addedToken(json: unknown): AddedToken {
  if (
    !isRecord(json) ||
    typeof json['content'] !== 'string' ||
    !Number.isSafeInteger(json['id']) ||
    (json['id'] as number) < 0 ||
    (json['id'] as number) >= mostIds
  ) {
    throw badFile('an added token must have an id and a content.', '{ id: 0, content: "[PAD]" }', show(json));
  }
  const isSpecial = json['special'] === true;
  return {
    id: json['id'] as number,
    content: json['content'],
    isSpecial,
    isWord: json['single_word'] === true,
    stripsLeft: json['lstrip'] === true,
    stripsRight: json['rstrip'] === true,
    isNormalized: typeof json['normalized'] === 'boolean' ? json['normalized'] : !isSpecial,
  };
}

/** A part of a text: an added token, or what stands between them. */
export interface Section {
  readonly begin: number;
  readonly end: number;
  readonly token?: AddedToken | undefined;
}

/** Cuts a text at added tokens. */
export type Splitter = (text: string) => readonly Section[];

const wordEnd = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const wordBegin = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/** The longest of the leftmost, as in `AddedVocabulary` of Hugging Face tokenizers 0.22. */
export function splitterOf(
  tokens: readonly AddedToken[],
  normalizers: readonly Normalizer[],
): { readonly raw: Splitter; readonly normalized: Splitter } {
  const normalize = (content: string): string => normalizers.reduce((text, step) => step(text, whole), alignedText(content)).text;
  return {
    raw: splitter(tokens.filter(({ isNormalized }) => !isNormalized).map((token) => [token.content, token])),
    normalized: splitter(tokens.filter(({ isNormalized }) => isNormalized).map((token) => [normalize(token.content), token])),
  };
}

function splitter(named: readonly (readonly [content: string, token: AddedToken])[]): Splitter {
  // Special ones come first where two have one content.
  const byContent = new Map<string, AddedToken>();
  for (const [content, token] of [...named].sort(([, a], [, b]) => Number(b.isSpecial) - Number(a.isSpecial))) {
    if (content !== '' && !byContent.has(content)) byContent.set(content, token);
  }
  const contents = [...byContent.keys()].sort((a, b) => b.length - a.length);
  if (contents.length === 0) return (text) => (text === '' ? [] : [{ begin: 0, end: text.length }]);
  const pattern = new RegExp(contents.map((content) => content.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'gu');
  return (text) => {
    const sections: Section[] = [];
    let from = 0;
    for (const match of text.matchAll(pattern)) {
      const token = byContent.get(match[0]);
      const [first, last] = [match.index, match.index + match[0].length];
      if (token === undefined || (token.isWord && isInWord(text, first, last)) || first < from) continue;
      const begin = token.stripsLeft ? Math.max(from, blanksBefore(text, first)) : first;
      const end = token.stripsRight ? blanksAfter(text, last) : last;
      if (begin > from) sections.push({ begin: from, end: begin });
      sections.push({ begin, end, token });
      from = end;
    }
    if (from < text.length) sections.push({ begin: from, end: text.length });
    return sections;
  };
}

const isInWord = (text: string, begin: number, end: number): boolean =>
  wordEnd.test(text.slice(Math.max(0, begin - 2), begin)) || wordBegin.test(text.slice(end, end + 2));

const isBlank = (character: string): boolean => /^\p{White_Space}$/u.test(character);

function blanksBefore(text: string, unit: number): number {
  let at = unit;
  while (at > 0 && isBlank(text.charAt(at - 1))) at -= 1;
  return at;
}

function blanksAfter(text: string, unit: number): number {
  let at = unit;
  while (at < text.length && isBlank(text.charAt(at))) at += 1;
  return at;
}
