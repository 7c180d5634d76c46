import { ConfigError } from '@longspan/core-tensor/error';
import { endBefore, startOf } from './aligned-text.ts';
import { type Cut, cutAfter } from './cut.ts';
import type { Pipeline } from './pipeline.ts';
import type { Place } from './place.ts';
import type { TokenList } from './token-list.ts';
import { blanksById, blanksOf, type Trim, trimmed } from './trim-offsets.ts';

/** Encodes a text that comes in parts, of any length, into a list of tokens. */
export interface Encoder {
  /** Takes more of the text; whatever can be encoded now, is. */
  more(text: string): void;
  /** The text is over. */
  end(): void;
  /** Units that are encoded. */
  readonly done: number;
}

/** Units that a piece is made of at least, where it can be cut. */
const pieceUnits = 2 ** 15;

/** Units of a piece where it can be cut nowhere: dozens of bytes are needed for each. */
const mostUncut = 2 ** 25;

/** Ranges are kept in 32 bits. */
const mostUnits = 2 ** 31 - 1;

/** @param list where the tokens go; it may be emptied between two calls */
export function encoderOf(
  caller: string,
  pipeline: Pipeline,
  trims: readonly Trim[],
  list: TokenList,
  units: number = pieceUnits,
): Encoder {
  const trim = trims.map(trimmed);
  const blanks = blanksById(pipeline.model);
  let [buffer, origin, word, count] = ['', 0, -1, 0];
  let [isJoined, next] = [false, units];
  let around = { text: '', origin: 0 };

  const add = (id: number, start: number, end: number, text?: string): void => {
    let range: readonly [number, number] = [start, end];
    for (const each of trim) range = each(text === undefined ? blanks(id) : blanksOf(text), count === 0, range, around);
    list.add(id, range[0], range[1], word);
    count += 1;
  };

  const encodePiece = (piece: string, place: Place): void => {
    const wellFormed = /\p{Surrogate}/u.test(piece) ? piece.replace(/\p{Surrogate}/gu, '\ufffd') : piece;
    around = { text: wellFormed, origin };
    for (const each of pipeline.words(wellFormed, origin, place)) {
      if (each.kind === 'added') {
        word += 1;
        add(each.token.id, each.start, each.end, each.matched);
        continue;
      }
      const { text, bounds } = each.pieces;
      for (let at = 0; at < bounds.length; at += 2) {
        const begin = bounds[at] ?? 0;
        if (!isJoined) word += 1;
        isJoined = false;
        pipeline.model.tokenize(text.text.slice(begin, bounds[at + 1]), (id, from, to) =>
          add(id, startOf(text, begin + from), endBefore(text, begin + to)),
        );
      }
    }
  };

  const take = ({ at, isJoined: joins }: Cut): void => {
    encodePiece(buffer.slice(0, at), { isStart: origin === 0, isEnd: false });
    buffer = buffer.slice(at);
    origin += at;
    isJoined = joins;
  };

  return {
    get done() {
      return origin;
    },
    more: (text) => {
      if (origin + buffer.length + text.length > mostUnits) throw tooLong(caller);
      for (let at = 0; at < text.length; at += mostAtOnce) takeMore(text.slice(at, at + mostAtOnce));
    },
    end: () => {
      encodePiece(buffer, { isStart: origin === 0, isEnd: true });
      origin += buffer.length;
      buffer = '';
    },
  };

  function takeMore(text: string): void {
    if (buffer.length + text.length > mostUncut) throw uncut(caller);
    buffer += text;
    while (buffer.length > next) {
      const cut = cutAfter(pipeline, buffer, next - units / 2);
      // Where none is found, pieces that are longer by a quarter are tried, so that the search costs no more than some times the text.
      if (cut === undefined) next = Math.max(buffer.length + units, Math.floor(1.25 * next));
      else {
        take(cut);
        next = units;
      }
    }
  }
}

/** Units that are taken at once, so that what can be cut is before more comes. */
const mostAtOnce = 2 ** 16;

const uncut = (caller: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'a text must have places at which it can be cut.',
    expected: `at most ${mostUncut} UTF-16 units in a row without one: a blank between words, under most tokenizers`,
    got: 'more',
    remedy: 'cut it at places of your own, and encode the parts.',
  });

const tooLong = (caller: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'a text must be shorter than 2^31 UTF-16 units.',
    expected: `at most ${mostUnits} units`,
    got: 'more',
    remedy: 'encode it in parts.',
  });
