import { show } from '@longspan/core-tensor/error';
import { widthAt } from '../aligned-text.ts';
import { badFile, type Fields } from '../step-json.ts';
import { fallbackIds } from './byte-fallback.ts';
import type { Model } from './model.ts';
import { sortedPieces } from './sorted-pieces.ts';
import { neighboursIn } from './vocabulary.ts';

interface UnigramConfig {
  /** Pieces with their scores; a piece's id is its place. */
  readonly pieces: readonly (readonly [piece: string, score: number])[];
  readonly unknownId?: number | undefined;
  readonly hasBytes?: boolean;
}

export function readUnigram(fields: Fields): Model {
  const { json } = fields;
  const unknown = json['unk_id'];
  return unigram({
    pieces: piecesOf(json['vocab']),
    unknownId: unknown === null || unknown === undefined ? undefined : fields.count('unk_id'),
    hasBytes: fields.flag('byte_fallback', false),
  });
}

/** A list of [piece, score]. */
export function piecesOf(json: unknown): readonly (readonly [string, number])[] {
  if (!Array.isArray(json)) throw badFile('the vocabulary of a Unigram must be a list.', '[["▁", -2.3], …]', show(json));
  return (json as readonly unknown[]).map((each) => {
    const [piece, score]: readonly unknown[] = Array.isArray(each) ? each : [];
    if (typeof piece === 'string' && typeof score === 'number' && Number.isFinite(score)) return [piece, score];
    throw badFile('a piece of the Unigram must have a score.', '["▁", -2.3]', show(each));
  });
}

/** How much less than the least likely piece an unknown character is. */
const unknownPenalty = 10;

/**
 * Unigram: of all ways to make a word of pieces the one with the highest sum of scores; unknown characters in a row are one token.
 * @source `encode_optimized` of Hugging Face tokenizers 0.22; Kudo 2018 (arXiv 1804.10959)
 */
function unigram({ pieces, unknownId, hasBytes = false }: UnigramConfig): Model {
  const found = sortedPieces(pieces.map(([piece]) => piece));
  const ids = new Map(pieces.map(([piece], id) => [piece, id]));
  const scores = Float64Array.from(pieces, ([, score]) => score);
  if (unknownId !== undefined && unknownId >= pieces.length) {
    throw badFile('unk_id of the Unigram must be the place of a piece.', `below ${pieces.length}`, `${unknownId}`);
  }
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY) - unknownPenalty;
  const bytes = hasBytes ? fallbackIds(ids) : undefined;
  const areNeighbours = neighboursIn(() => ids.keys());
  const requireUnknown = (): number => {
    if (unknownId !== undefined) return unknownId;
    throw badFile(
      'a text of unknown characters must have a token for them.',
      'unk_id in the model',
      'none',
      'add <unk> to the vocabulary.',
    );
  };
  return {
    size: pieces.length,
    idOf: (token) => ids.get(token),
    tokenOf: (id) => pieces[id]?.[0],
    parts: (before, after) => (ids.has(before) || ids.has(after)) && !areNeighbours(before, after),
    tokenize: (word, emit) => {
      const { begins, best } = bestPath(word);
      const cuts: number[] = [];
      for (let end = word.length; end > 0; ) {
        const isUnknown = best[end] === unknownId;
        let begin = begins[end] ?? 0;
        while (isUnknown && begin > 0 && best[begin] === unknownId) begin = begins[begin] ?? 0;
        cuts.push(begin, end);
        end = begin;
      }
      for (let at = cuts.length - 2; at >= 0; at -= 2) put(word, cuts[at] ?? 0, cuts[at + 1] ?? 0, emit);
    },
  };

  function put(word: string, begin: number, end: number, emit: (id: number, begin: number, end: number) => void): void {
    const piece = word.slice(begin, end);
    const id = ids.get(piece);
    for (const each of id !== undefined ? [id] : (bytes?.(piece) ?? [requireUnknown()])) emit(each, begin, end);
  }

  /** The best way to every place: where its last piece begins, and which it is. */
  function bestPath(word: string): { readonly begins: Int32Array; readonly best: Int32Array } {
    const begins = new Int32Array(word.length + 1).fill(-1);
    const best = new Int32Array(word.length + 1);
    const sums = new Float64Array(word.length + 1);
    for (let begin = 0; begin < word.length; ) {
      const [sum, width] = [sums[begin] ?? 0, widthAt(word, begin)];
      let hasSingle = false;
      const offer = (end: number, candidate: number, id: number): void => {
        if ((begins[end] ?? -1) >= 0 && candidate <= (sums[end] ?? 0)) return;
        begins[end] = begin;
        sums[end] = candidate;
        best[end] = id;
      };
      found.at(word, begin, (id, end) => {
        offer(end, (scores[id] ?? 0) + sum, id);
        hasSingle ||= end === begin + width;
      });
      if (!hasSingle) offer(begin + width, unknownScore + sum, requireUnknown());
      begin += width;
    }
    return { begins, best };
  }
}
