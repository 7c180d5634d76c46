import { badFile } from '../step-json.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { type Beside, fromTokenizerJson } from './from-tokenizer-json.ts';
import { readSentencePieceModel, type SentencePieceModel } from './sentence-piece-model.ts';
import { asConfig, bertTokens, type Named, namedTokens, robertaTokens, templateJson } from './special-defaults.ts';

type Scored = readonly [piece: string, score: number];

interface Kind {
  readonly tokens: Named;
  /** Pieces as the class numbers them. */
  readonly pieces: (model: readonly Scored[], config: Readonly<Record<string, unknown>> | undefined) => readonly Scored[];
  readonly unknownId?: number;
  readonly single?: string;
  readonly pair?: string;
}

const asTheyAre = (pieces: readonly Scored[]): readonly Scored[] => pieces;

const t5: Kind = {
  tokens: { eos: '</s>', unk: '<unk>', pad: '<pad>' },
  pieces: (pieces, config) => {
    const given = config?.['extra_ids'];
    const count = typeof given === 'number' && Number.isSafeInteger(given) && given >= 0 && given <= 1000 ? given : 100;
    return [...pieces, ...Array.from({ length: count }, (_, at): Scored => [`<extra_id_${count - 1 - at}>`, 0])];
  },
  single: 'A:0 eos:0',
  pair: 'A:0 eos:0 B:0 eos:0',
};

// fairseq's numbers: its own four, then the pieces after sentencepiece's three, then the mask.
const xlmRoberta: Kind = {
  tokens: robertaTokens,
  pieces: (pieces) => [['<s>', 0], ['<pad>', 0], ['</s>', 0], ['<unk>', 0], ...pieces.slice(3), ['<mask>', 0]],
  unknownId: 3,
  single: 'cls:0 A:0 sep:0',
  pair: 'cls:0 A:0 sep:0 sep:0 B:0 sep:0',
};

const kinds: Readonly<Record<string, Kind>> = {
  BigBirdTokenizer: {
    tokens: { ...bertTokens, bos: '<s>', eos: '</s>', unk: '<unk>', pad: '<pad>' },
    pieces: asTheyAre,
    single: 'cls:0 A:0 sep:0',
    pair: 'cls:0 A:0 sep:0 B:1 sep:1',
  },
  ReformerTokenizer: { tokens: { eos: '</s>', unk: '<unk>' }, pieces: asTheyAre },
  T5Tokenizer: t5,
  XLMRobertaTokenizer: xlmRoberta,
};

export const sentencePieceClasses: readonly string[] = Object.keys(kinds);

/**
 * A tokenizer of sentencepiece's .model. Without a class its pieces are taken as they are, and nothing is put around a text.
 * @source `SpmConverter`, `T5Converter`, `XLMRobertaConverter` and `BigBirdConverter` of Hugging Face transformers 4.57
 */
export function fromSentencePiece(bytes: Uint8Array, tokenizerClass: string | undefined, beside: Beside): Tokenizer {
  const model = readSentencePieceModel(bytes);
  const { config } = beside;
  requireReadable(model);
  const kind = kinds[tokenizerClass ?? 'ReformerTokenizer'] ?? kinds['ReformerTokenizer'];
  const named = namedTokens(kind?.tokens ?? {}, config ?? beside.specialMap);
  const own = model.pieces.map(({ piece, score }): Scored => [piece, score]);
  const pieces = kind?.pieces(own, config) ?? own;
  const ids = new Map(pieces.map(([piece], id) => [piece, id]));
  const idOf = (token: string): number | undefined => ids.get(token);
  const specials = new Set(Object.values(named));
  const added = model.pieces.filter((each) => each.kind === 'control' || each.kind === 'user');
  const contents = new Map(added.map((each) => [each.piece, each.kind === 'control' || specials.has(each.piece)]));
  for (const content of [...specials, ...[...ids.keys()].filter((piece) => /^<extra_id_\d+>$/.test(piece))]) contents.set(content, true);
  const json = {
    model: modelJson(model, pieces, kind?.unknownId ?? model.unknownId),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...(model.characterMap.length > 0 ? [{ type: 'Precompiled', precompiled_charsmap: base64(model.characterMap) }] : []),
        { type: 'Strip', strip_left: false, strip_right: true },
        { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' },
      ],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: model.hasPrefix ? 'always' : 'never', split: true },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: model.hasPrefix ? 'always' : 'never', split: true },
    post_processor: kind?.single === undefined ? null : templateJson(kind.single, kind.pair ?? '', named, idOf),
    added_tokens: [...contents].flatMap(([content, special]) => {
      const id = idOf(content);
      const lstrip = content === named['mask'];
      return id === undefined ? [] : [{ id, content, special, normalized: false, single_word: false, lstrip, rstrip: false }];
    }),
  };
  return fromTokenizerJson(json, { config: { ...config, ...asConfig(named) } });
}

function requireReadable({ kind, isSuffix, pieces }: SentencePieceModel): void {
  if (pieces.length === 0) throw badFile('the sentencepiece model must have pieces.', 'a model that was trained', 'none');
  if (kind !== 'unigram' && kind !== 'bpe')
    throw badFile('the sentencepiece model must be of a kind that is known.', 'unigram or bpe', kind);
  if (isSuffix) throw badFile('blanks of the sentencepiece model must stand before words.', 'treat_whitespace_as_suffix: false', 'true');
}

function modelJson(model: SentencePieceModel, pieces: readonly Scored[], unknownId: number): object {
  if (model.kind === 'unigram') return { type: 'Unigram', vocab: pieces, unk_id: unknownId, byte_fallback: model.hasBytes };
  const vocab = Object.fromEntries(pieces.map(([piece], id) => [piece, id]));
  return { type: 'BPE', vocab, merges: mergesFrom(pieces), unk_token: model.unknownPiece, fuse_unk: true, byte_fallback: model.hasBytes };
}

/**
 * The rules that make the pieces of a BPE: every way to halve a piece into two others, better pieces first.
 * @source `SentencePieceExtractor.extract` and `generate_merges` of transformers 4.57
 */
function mergesFrom(pieces: readonly Scored[]): readonly (readonly [string, string])[] {
  const places = new Map(pieces.map(([piece], id) => [piece, id]));
  const rules: (readonly [left: string, right: string, score: number])[] = [];
  for (const [piece, score] of pieces) {
    const local: (readonly [string, string, number])[] = [];
    for (let at = 1; at < piece.length; at += 1) {
      const [left, right] = [piece.slice(0, at), piece.slice(at)];
      if (places.has(left) && places.has(right)) local.push([left, right, score]);
    }
    const placeOf = (token: string): number => places.get(token) ?? 0;
    rules.push(...local.sort((a, b) => placeOf(a[0]) - placeOf(b[0]) || placeOf(a[1]) - placeOf(b[1])));
  }
  return rules.sort((a, b) => b[2] - a[2]).map(([left, right]) => [left, right]);
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
