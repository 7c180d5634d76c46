import { ConfigError, requireInteger, requireIntegers, requireKind, requireKnown } from '@longspan/core-tensor/error';

/** Several texts one after the other, in one row of ids. */
export interface PackedSequence {
  /** The ids of all of them; nothing between them. */
  readonly ids: Int32Array;
  /** Int32 [tokens]: which text each token belongs to, for `mask: documents(owners)`, under which each text is read as if it stood alone. */
  readonly owners: Int32Array;
  /** Where each text stands among the ids. */
  readonly places: readonly { readonly text: number; readonly start: number; readonly end: number }[];
}

export interface PackedTexts {
  readonly sequences: readonly PackedSequence[];
  /** Tokens of all texts: all that the model reads. */
  readonly tokens: number;
  /** Tokens of padding that one batch of the same texts would hold, filled up to the longest. */
  readonly paddingSaved: number;
}

/**
 * Packs texts into sequences without padding, in their order, each into the last sequence where it fits and into a new one where it does
 * not. A model of the BERT kind, or ModernBERT, that reads a sequence under `mask: documents(owners)` gives each token what it gives it in
 * its text alone: attention keeps to the text, and positions begin anew with it.
 * @param texts the ids of each text, special tokens and all
 * @throws ConfigError for a text without tokens, or of more than `length`
 * @cost O(tokens), no tensor operations
 * @source Krell et al. 2021 (arXiv 2107.02027), packing without cross-contamination
 * @example
 * const { sequences, paddingSaved } = packTexts([[2, 7, 3], [2, 8, 9, 7, 3], [2, 3]], { length: 8 });
 * [sequences.map(({ owners }) => owners.join('')), paddingSaved]; // => [['00011111', '22'], 5]
 */
export function packTexts(texts: readonly ArrayLike<number>[], options: { readonly length: number }): PackedTexts {
  const caller = 'packTexts';
  requireKind(caller, 'texts', texts, 'list');
  requireKnown(caller, options, { length: true });
  const { length } = options;
  requireInteger(caller, { length }, 1);
  const all = Array.from(texts, (ids, at) => requireIntegers(caller, `texts[${at}]`, ids, 0));
  const wrong = all.findIndex((ids) => ids.length === 0 || ids.length > length);
  if (wrong >= 0) throw doesNotFit(wrong, (all[wrong] as readonly number[]).length, length);
  const groups: number[][] = [];
  let left = 0;
  all.forEach((ids, text) => {
    if (ids.length > left) {
      groups.push([]);
      left = length;
    }
    groups.at(-1)?.push(text);
    left -= ids.length;
  });
  const tokens = all.reduce((sum, ids) => sum + ids.length, 0);
  const longest = all.reduce((most, ids) => Math.max(most, ids.length), 0);
  return { sequences: groups.map((group) => sequenceOf(group, all)), tokens, paddingSaved: longest * all.length - tokens };
}

function sequenceOf(group: readonly number[], all: readonly (readonly number[])[]): PackedSequence {
  let end = 0;
  const places = group.map((text) => {
    const start = end;
    end += (all[text] as readonly number[]).length;
    return { text, start, end };
  });
  const ids = new Int32Array(end);
  const owners = new Int32Array(end);
  for (const { text, start, end: until } of places) {
    ids.set(all[text] as readonly number[], start);
    owners.fill(text, start, until);
  }
  return { ids, owners, places };
}

const doesNotFit = (text: number, tokens: number, length: number): ConfigError =>
  new ConfigError({
    caller: 'packTexts',
    problem: 'each text must have tokens, and fit into a sequence.',
    expected: `1 to ${length} tokens (length)`,
    got: `${tokens} tokens in text ${text}`,
    remedy: tokens === 0 ? 'leave it out, or give its special tokens.' : 'make length larger, or read long texts in windows.',
  });
