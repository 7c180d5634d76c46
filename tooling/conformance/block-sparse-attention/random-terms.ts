import {
  alibi,
  attentionDropout,
  attentionSink,
  bias,
  blockBias,
  cellBias,
  createKey,
  distanceBias,
  keyLengths,
  normal,
  originalPositions,
  randomUniform,
  relativePositions,
  type ScoreTerm,
  softCap,
  spanRamp,
} from '@longspan/core-tensor';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import fc, { type Arbitrary } from 'fast-check';

interface TermSizes {
  readonly b: number;
  readonly h: number;
  readonly nq: number;
  readonly nk: number;
  readonly d: number;
  readonly blockSize: number;
  /** How many blocks the layout lists. */
  readonly entries: number;
}

/** A term: the shapes of the tensors that it learns, and the term made of them. */
interface TermMaker {
  readonly learns: (sizes: TermSizes) => readonly (readonly number[])[];
  readonly of: (learned: readonly Tensor[], sizes: TermSizes) => ScoreTerm;
  readonly mean?: number;
}

const learning = (learns: TermMaker['learns'], of: (first: Tensor, ...more: Tensor[]) => ScoreTerm, mean = 0): TermMaker => ({
  learns,
  of: (learned) => of(...(learned as [Tensor, ...Tensor[]])),
  mean,
});
const fixed = (of: (sizes: TermSizes) => ScoreTerm): TermMaker => ({ learns: () => [], of: (_, sizes) => of(sizes) });

/** Whole numbers from −1, which is padding, to `most` − 1. */
function positions(name: string, shape: readonly number[], most: number): Tensor {
  const numbers = randomUniform(
    createKey(name),
    shape.reduce((product, size) => product * size, 1),
  );
  return tensor(
    Int32Array.from(numbers, (number) => Math.floor(number * (most + 1)) - 1),
    [...shape],
    'int32',
  );
}

export type TermName =
  | 'bias'
  | 'sharedBias'
  | 'blockBias'
  | 'distanceBias'
  | 'cellBias'
  | 'smallCells'
  | 'alibi'
  | 'softCap'
  | 'secondSoftCap'
  | 'spanRamp'
  | 'keyLengths'
  | 'relativePositions'
  | 'originalPositions'
  | 'attentionDropout'
  | 'attentionSink';

const makers: Readonly<Record<TermName, TermMaker>> = {
  bias: learning(({ h, nq, nk }) => [[1, h, nq, nk]], bias),
  sharedBias: learning(({ b, nq, nk }) => [[b, 1, nq, nk]], bias),
  blockBias: learning(({ entries, blockSize }) => [[entries, blockSize, blockSize]], blockBias),
  distanceBias: learning(
    ({ h }) => [[h, 31]],
    (table) => distanceBias(table, { center: 17 }),
  ),
  cellBias: learning(() => [[1, 7, 7]], cellBias),
  smallCells: learning(({ h }) => [[h, 2, 2]], cellBias),
  alibi: learning(({ h }) => [[h]], alibi),
  softCap: fixed(() => softCap(1.5)),
  secondSoftCap: fixed(() => softCap(4)),
  spanRamp: learning(
    ({ h }) => [[h]],
    (span) => spanRamp({ span, ramp: 9 }),
    20,
  ),
  keyLengths: fixed(({ b, nk }) =>
    keyLengths(
      tensor(
        Array.from({ length: b }, (_, row) => (row % 2 === 0 ? Math.ceil(nk / 2) : nk + 3)),
        [b],
        'int32',
      ),
    ),
  ),
  relativePositions: learning(
    ({ h, d }) => [
      [h, 70, d],
      [h, d],
      [h, d],
    ],
    (r, u, v) => relativePositions({ r, u: u as Tensor, v: v as Tensor }),
  ),
  originalPositions: fixed(({ b, h, nq, nk }) =>
    originalPositions({
      query: positions('query', [b, 1, nq], nk),
      key: positions('key', [1, h, nk], nk),
      causal: true,
      selfScore: -3,
    }),
  ),
  attentionDropout: fixed(() => attentionDropout({ key: createKey('drop'), rate: 0.3 })),
  attentionSink: learning(({ h }) => [[h]], attentionSink, 1),
};

const names = Object.keys(makers) as TermName[];
const mayMeet = (mix: readonly TermName[]): boolean => !(mix.includes('relativePositions') && mix.includes('originalPositions'));

/** One to four terms in any order. */
export const termMixes: Arbitrary<readonly TermName[]> = fc.shuffledSubarray(names, { minLength: 1, maxLength: 4 }).filter(mayMeet);

/** Draws what the terms learn, and says how the terms are made of it. */
export function drawTerms(
  mix: readonly TermName[],
  sizes: TermSizes,
): { readonly learned: readonly Tensor[]; readonly terms: (learned: readonly Tensor[]) => readonly ScoreTerm[] } {
  const parts = mix.map((name) => {
    const maker = makers[name];
    return {
      maker,
      learned: maker.learns(sizes).map((shape, at) => normal(createKey(name).fold(at), shape, { mean: maker.mean ?? 0 })),
    };
  });
  // Made once: a term that is made again in the backward pass would make its tensors again.
  const constants = parts.map(({ maker, learned }) => (learned.length === 0 ? maker.of([], sizes) : undefined));
  return {
    learned: parts.flatMap(({ learned }) => learned),
    terms: (learned) => {
      let from = 0;
      return parts.map(({ maker, learned: own }, at) => {
        const constant = constants[at];
        if (constant !== undefined) return constant;
        const given = learned.slice(from, from + own.length);
        from += own.length;
        return maker.of(given, sizes);
      });
    },
  };
}
