import { show } from '@longspan/core-tensor/error';
import { widthAt } from '../aligned-text.ts';
import { badFile, type Fields } from '../step-json.ts';
import { fallbackIds } from './byte-fallback.ts';
import { type Merges, mergeAll, pairKey, type Symbols } from './merge-order.ts';
import type { Model } from './model.ts';
import { mostIds, neighboursIn, type Vocabulary, vocabularyOf } from './vocabulary.ts';

interface BytePairsConfig {
  readonly merges: Iterable<readonly [string, string]>;
  readonly unknown?: string | undefined;
  /** Before a symbol within a word, and after the last one of it. */
  readonly prefix?: string;
  readonly suffix?: string;
  /** Unknown characters in a row are one token. */
  readonly isFused?: boolean;
  /** An unknown character becomes a token for each of its bytes, where the vocabulary has them. */
  readonly hasBytes?: boolean;
  /** A word that the vocabulary has is taken as it is. */
  readonly takesWords?: boolean;
}

export function readBytePairs(fields: Fields): Model {
  const { json } = fields;
  const dropout = json['dropout'];
  if (dropout !== null && dropout !== undefined && dropout !== 0) {
    throw badFile('the BPE must give the same tokens each time.', 'no dropout', show(dropout), 'set dropout to null.');
  }
  return bytePairs(vocabularyOf(json['vocab'], fields.where), {
    merges: mergesOf(json['merges']),
    unknown: json['unk_token'] === null || json['unk_token'] === undefined ? undefined : fields.text('unk_token'),
    prefix: fields.text('continuing_subword_prefix', ''),
    suffix: fields.text('end_of_word_suffix', ''),
    isFused: fields.flag('fuse_unk', false),
    hasBytes: fields.flag('byte_fallback', false),
    takesWords: fields.flag('ignore_merges', false),
  });
}

/** Rules as lists of two, or as older files have them, with a blank between. */
function* mergesOf(json: unknown): Iterable<readonly [string, string]> {
  if (!Array.isArray(json)) throw badFile('merges must be a list.', '[["a", "b"], …]', show(json));
  for (const each of json as readonly unknown[]) {
    const [left, right, ...more]: readonly unknown[] = typeof each === 'string' ? each.split(' ') : Array.isArray(each) ? each : [];
    if (typeof left !== 'string' || typeof right !== 'string' || more.length > 0)
      throw badFile('a merge must be of two tokens.', '["a", "b"]', show(each));
    yield [left, right];
  }
}

/** Byte pair encoding: the symbols of a word, joined by rules in their order. */
function bytePairs({ ids, tokenOf, size }: Vocabulary, config: BytePairsConfig): Model {
  const { unknown, prefix = '', suffix = '', isFused = false, hasBytes = false, takesWords = false } = config;
  const merges = readMerges(ids, config.merges, prefix);
  const unknownId = unknown === undefined ? undefined : ids.get(unknown);
  if (unknown !== undefined && unknownId === undefined) {
    throw badFile('unk_token of the BPE must be in its vocabulary.', 'a token of the vocabulary', show(unknown));
  }
  const bytes = hasBytes ? fallbackIds(ids) : undefined;
  const areNeighbours = neighboursIn(() => ids.keys());
  const symbolAt = (word: string, begin: number, end: number): string => {
    const symbol = begin > 0 ? prefix + word.slice(begin, end) : word.slice(begin, end);
    return end === word.length ? symbol + suffix : symbol;
  };
  return {
    size,
    idOf: (token) => ids.get(token),
    tokenOf,
    parts: (before, after) => prefix === '' && suffix === '' && (ids.has(before) || ids.has(after)) && !areNeighbours(before, after),
    tokenize: (word, emit) => {
      const same = takesWords ? ids.get(word) : undefined;
      if (same !== undefined) return emit(same, 0, word.length);
      const symbols = symbolsOf(word);
      const count = mergeAll(symbols, merges);
      for (let at = 0; at < count; at += 1) emit(symbols.ids[at] ?? 0, symbols.begins[at] ?? 0, symbols.ends[at] ?? 0);
    },
  };

  function symbolsOf(word: string): Symbols {
    const made: Symbols = { ids: [], begins: [], ends: [] };
    const add = (id: number, begin: number, end: number): void => {
      made.ids.push(id);
      made.begins.push(begin);
      made.ends.push(end);
    };
    let isUnknown = false;
    for (let at = 0; at < word.length; ) {
      const end = at + widthAt(word, at);
      const symbol = symbolAt(word, at, end);
      const id = ids.get(symbol);
      const inBytes = id === undefined ? bytes?.(symbol) : undefined;
      if (inBytes !== undefined) for (const each of inBytes) add(each, at, end);
      else if (id !== undefined) add(id, at, end);
      else if (isFused && isUnknown) made.ends[made.ends.length - 1] = end;
      else if (unknownId !== undefined) add(unknownId, at, end);
      if (inBytes === undefined) isUnknown = id === undefined && unknownId !== undefined;
      at = end;
    }
    return made;
  }
}

function readMerges(ids: ReadonlyMap<string, number>, rules: Iterable<readonly [string, string]>, prefix: string): Merges {
  const merges = new Map<number, number>();
  let rank = 0;
  for (const [left, right] of rules) {
    const whole = left + right.slice(right.startsWith(prefix) ? prefix.length : 0);
    const [first, second, both] = [ids.get(left), ids.get(right), ids.get(whole)];
    if (first === undefined || second === undefined || both === undefined) {
      const absent = first === undefined ? left : second === undefined ? right : whole;
      throw badFile(
        'merges must be of tokens in the vocabulary.',
        'both tokens, and what they make',
        `${show(absent)}, which is not there`,
      );
    }
    merges.set(pairKey(first, second), rank * mostIds + both);
    rank += 1;
  }
  if (rank >= mostIds) throw badFile('merges must be fewer than 2^26.', `at most ${mostIds}`, `${rank}`);
  return merges;
}
