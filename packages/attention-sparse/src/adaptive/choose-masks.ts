import { ConfigError, isDenseArray, isFloat, isList, isRecord, requireInteger, requireKnown, show } from '@longspan/core-tensor/error';
import { blockCount, createLayout } from '@longspan/core-tensor/layout';
import { type Mask, perHead } from '../mask/index.ts';
import {
  blocksOfHead,
  type CandidateRecall,
  choose,
  type HeadChoice,
  requireCandidates,
  requireMade,
  requireRecall,
} from './candidate-choice.ts';
import type { KeptMass } from './kept-mass.ts';

export interface ChooseMasksOptions {
  /** Share of the attention mass that each head must keep, as a mean over its queries; above 0, at most 1. */
  readonly recall: number;
  /** What was measured, in the same order: each shared by all heads or made for as many as there are, and by all batch rows. */
  readonly candidates: readonly Mask[];
  /** Tokens of the texts by which cost is counted. */
  readonly length: number;
  /** Tokens along each side of a block, by which cost is counted; 64 by default. */
  readonly blockSize?: number | undefined;
}

/** The choice of all heads of an attention. */
export interface MaskChoice {
  /** The selected masks, one per head. */
  readonly mask: Mask;
  readonly heads: readonly HeadChoice[];
  /** Whether every head reaches the recall. */
  readonly reached: boolean;
  /** What the heads visit, over what all blocks are. */
  readonly visitedFraction: number;
}

const caller = 'chooseMasks';

/**
 * Chooses a mask for each head by what `keptMass` measured on one text or more: the one with the fewest blocks, on texts of `length` tokens,
 * that keeps the asked share, as `calibrate` does. A head that no candidate satisfies gets the one that keeps the most, and says so.
 * @param measured what `keptMass` gave for each text
 * @throws ConfigError when an argument does not fit
 * @cost the layouts of the candidates, once
 * @example
 * const [near, all] = [slidingWindow({ left: 64, right: 64 }), everything()];
 * const text = [[{ kept: 9.6, queries: 10, lowest: 0.9 }, { kept: 10, queries: 10, lowest: 1 }]]; // one head
 * const { heads } = chooseMasks([text], { recall: 0.95, candidates: [near, all], length: 1024 });
 * [heads[0].mask.name, heads[0].visitedBlocks]; // => ['slidingWindow({ left: 64, right: 64 })', 46]
 */
export function chooseMasks(measured: readonly (readonly (readonly KeptMass[])[])[], options: ChooseMasksOptions): MaskChoice {
  requireKnown(caller, options, { recall: true, candidates: true, length: true, blockSize: true });
  const { recall, candidates, length, blockSize = 64 } = options;
  requireRecall(caller, recall);
  requireCandidates(caller, candidates);
  requireInteger(caller, { length, blockSize }, 1);
  const heads = headCount(measured, candidates.length);
  requireMade(
    caller,
    candidates.map((candidate, at) => [`candidates[${at}]`, candidate] as const),
    { batch: 1, heads },
  );
  const all = blockCount(length, blockSize) ** 2;
  const layouts = candidates.map((candidate) => createLayout(candidate, { queryLength: length, blockSize }));
  const chosen = Array.from({ length: heads }, (_, head) =>
    choose(
      candidates,
      candidates.map((candidate, at): CandidateRecall => {
        const ofTexts = measured.map((text) => text[head]?.[at] as KeptMass);
        const queries = ofTexts.reduce((sum, one) => sum + one.queries, 0);
        const visitedBlocks = blocksOfHead(layouts[at] as (typeof layouts)[number], head, 1);
        return {
          mask: candidate.select({ head }),
          recall: queries === 0 ? 1 : ofTexts.reduce((sum, one) => sum + one.kept, 0) / queries,
          lowest: Math.min(1, ...ofTexts.map((one) => one.lowest)),
          visitedBlocks,
          visitedFraction: visitedBlocks / all,
        };
      }),
      { recall, all },
    ),
  );
  return {
    mask: perHead(chosen.map((one) => one.mask)),
    heads: chosen,
    reached: chosen.every(({ reached }) => reached),
    visitedFraction: chosen.reduce((sum, { visitedFraction }) => sum + visitedFraction, 0) / heads,
  };
}

const isKeptMass = (value: unknown): boolean =>
  isRecord(value) && isFloat(value['kept']) && isFloat(value['queries']) && isFloat(value['lowest']);

/** Throws unless every text has as many heads, and every head what was measured of each candidate. */
function headCount(measured: readonly (readonly (readonly KeptMass[])[])[], candidates: number): number {
  const heads = isList(measured) ? (measured[0]?.length ?? 0) : 0;
  const isOfHead = (head: unknown): boolean => isDenseArray(head) && head.length === candidates && head.every(isKeptMass);
  const isMeasured = (text: unknown): boolean => isDenseArray(text) && text.length === heads && text.every(isOfHead);
  if (heads > 0 && measured.every(isMeasured)) return heads;
  throw new ConfigError({
    caller,
    problem: 'measured must hold what keptMass gave of each text.',
    expected: `one text or more; of each as many heads, and of each head ${candidates} (as many as candidates)`,
    got: show(measured),
    remedy: 'give keptMass the same candidates, of all heads.',
  });
}
