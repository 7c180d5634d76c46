import { type BlockLayout, type ScoreTerm, stopGradient } from '@longspan/core-tensor';
import { ConfigError, isFloat, isList, requireKnown, show } from '@longspan/core-tensor/error';
import { attentionCall, runAttention } from '@longspan/core-tensor/kernel';
import { blockCount, createLayout } from '@longspan/core-tensor/layout';
import { type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { requireMask } from '../mask/algebra/require-mask.ts';
import { everything, type Mask, nothing, perHead } from '../mask/index.ts';

export interface CalibrateOptions {
  /** Share of the attention mass that each head must keep, as a mean over its queries; above 0, at most 1. */
  readonly recall: number;
  /** What to choose from, each shared by all heads or made for as many as q has. */
  readonly candidates: readonly Mask[];
  /** Which attention they are to stand for; every query attends to every key by default. Candidates are cut down to it. */
  readonly mask?: Mask | undefined;
  /** What scores are multiplied by; 1 / sqrt(headDim) by default. */
  readonly scale?: number | undefined;
  /** Score terms of core-tensor, as the attention has them; dropout changes nothing here. */
  readonly score?: readonly ScoreTerm[] | undefined;
  /** Tokens along each side of a block, by which cost is counted; 64 by default. */
  readonly blockSize?: number | undefined;
  /** Query i stands at position queryOffset + i; nk − nq by default. */
  readonly queryOffset?: number | undefined;
}

/** What one candidate keeps of one head's attention, and what it costs. */
export interface CandidateRecall {
  readonly mask: Mask;
  /** Mean over the queries that attend to anything: the share of the softmax on the keys that the candidate keeps. */
  readonly recall: number;
  /** The share that the query which keeps the least keeps. */
  readonly lowest: number;
  /** Pairs of blocks that this head visits, over all batch rows. */
  readonly visitedBlocks: number;
  /** visitedBlocks over all pairs of blocks. */
  readonly visitedFraction: number;
}

export interface HeadChoice extends CandidateRecall {
  /** The index of the selected candidate. */
  readonly candidate: number;
  /** Whether it keeps the recall that was asked for. */
  readonly reached: boolean;
  /** Why it was selected, in words. */
  readonly reason: string;
  /** Every candidate on this head, in the order given. */
  readonly measured: readonly CandidateRecall[];
}

export interface Calibration {
  /** The selected masks, one per head, cut down to `mask`. */
  readonly mask: Mask;
  /** Their layout, for the lengths that were measured. */
  readonly layout: BlockLayout;
  readonly heads: readonly HeadChoice[];
  /** Whether every head reaches the recall. */
  readonly reached: boolean;
  /** What the layout visits, over what all blocks are. */
  readonly visitedFraction: number;
}

const caller = 'calibrate';
/** Float32 log-sum-exps of two layouts differ in their last digits: a mask that keeps everything must reach a recall of 1. */
const rounding = 2e-6;

/**
 * Chooses a pattern for each head by measurement: the one with the fewest visited blocks that keeps the asked share of the attention mass.
 * Masses are exact, exp(logSumExp of the candidate − logSumExp under `mask`), by streamed attention: never n x n. A head that no candidate
 * satisfies gets the one that keeps the most, and says so. Queries and keys of one text stand for others only as far as texts are alike:
 * give several as batch rows.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d], float32; h a multiple of hkv
 * @returns the per-head mask and layout, ready for `sparseAttention`, with what was measured; nothing of it is a tensor
 * @throws ShapeError, ConfigError when an argument does not fit, before anything is computed
 * @cost the scores under `mask` and under every candidate once, without values: 2 · d multiply-adds for each of their pairs
 * @source Minference (arXiv 2407.02490) §3.2 searches a pattern per head offline in the same way, by recall under a budget
 * @example
 * const near = tensor4d([9, 0, 9, 0, 0, 9, 0, 9], [1, 1, 4, 2]); // tokens 0 and 1 are alike, and so are 2 and 3
 * const candidates = [everything(), blockDiagonal({ blockSize: 2 }), blockDiagonal({ blockSize: 1 })];
 * const { heads, layout } = await calibrate(near, near, { recall: 0.95, candidates, blockSize: 1 });
 * heads[0].reason; // => 'blockDiagonal({ blockSize: 2 }) keeps 100.0 % of the mass, the fewest blocks (8 of 16) that keep 95.0 %'
 * layout.indices.length; // => 8
 */
export async function calibrate(q: Tensor, k: Tensor, options: CalibrateOptions): Promise<Calibration> {
  requireKnown(caller, options, {
    recall: true,
    candidates: true,
    mask: true,
    scale: true,
    score: 'list',
    blockSize: true,
    queryOffset: true,
  });
  const { recall, candidates, mask: of, scale, score, blockSize = 64, queryOffset } = options;
  // Checked once: masks only change the layout, and are checked below. There are no values, so k stands in for them.
  const call = attentionCall(caller, q, k, k, { mask: nothing(), scale, score, blockSize, queryOffset });
  const { batch: b, heads: h, keyHeads: hkv, queryLength: nq, keyLength: nk } = call.sizes;
  check(options, { batch: b, heads: h });
  const sizes = { queryLength: nq, keyLength: nk, blockSize, queryOffset };
  const layoutOf = (mask: Mask): BlockLayout => createLayout(mask, sizes);

  const logSumExpOf = async (mask: Mask): Promise<Float32Array> => {
    const logSumExp = tidy(() => {
      const v = zeros([b, hkv, nk, 1]); // no output is wanted
      const still = { q: stopGradient(q), k: stopGradient(k), v, sizes: { ...call.sizes, valueDim: 1 } };
      return runAttention({ ...call, ...still, layout: layoutOf(mask) }).logSumExp;
    });
    try {
      return await logSumExp.data<'float32'>();
    } finally {
      logSumExp.dispose();
    }
  };

  const whole = await logSumExpOf(of ?? everything());
  const all = b * blockCount(nq, blockSize) * blockCount(nk, blockSize);
  const perCandidate: CandidateRecall[][] = [];
  for (const candidate of candidates) {
    const mask = of === undefined ? candidate : candidate.and(of);
    const part = await logSumExpOf(mask);
    const layout = layoutOf(mask);
    perCandidate.push(
      Array.from({ length: h }, (_, head): CandidateRecall => {
        const visitedBlocks = blocksOfHead(layout, head, b);
        const mass = massOfHead(part, whole, head, { batch: b, heads: h, queries: nq });
        return { mask: mask.select({ head }), ...mass, visitedBlocks, visitedFraction: visitedBlocks / all };
      }),
    );
  }
  const heads = Array.from({ length: h }, (_, head) =>
    choose(
      candidates,
      perCandidate.map((ofHeads) => ofHeads[head] as CandidateRecall),
      { recall, all },
    ),
  );
  const mask = perHead(heads.map((one) => one.mask));
  return {
    mask,
    layout: layoutOf(mask),
    heads,
    reached: heads.every(({ reached }) => reached),
    visitedFraction: heads.reduce((sum, { visitedFraction }) => sum + visitedFraction, 0) / h,
  };
}

/** The cheapest that keeps enough, else the one that keeps the most; of equals the one that keeps more, is cheaper, was named first. */
function choose(
  candidates: readonly Mask[],
  measured: readonly CandidateRecall[],
  { recall, all }: { readonly recall: number; readonly all: number },
): HeadChoice {
  const enough = measured.filter((one) => one.recall >= recall - rounding);
  const reached = enough.length > 0;
  const best = reached
    ? enough.reduce((one, other) => (before(other, one, ['visitedBlocks', 'recall']) ? other : one))
    : measured.reduce((one, other) => (before(other, one, ['recall', 'visitedBlocks']) ? other : one));
  const candidate = measured.indexOf(best);
  const name = (candidates[candidate] as Mask).name;
  const reason = reached
    ? `${name} keeps ${percent(best.recall)} of the mass, the fewest blocks (${best.visitedBlocks} of ${all}) that keep ${percent(recall)}`
    : `no candidate keeps ${percent(recall)} of the mass; ${name} keeps the most, ${percent(best.recall)} (${best.visitedBlocks} of ${all} blocks)`;
  return { ...best, candidate, reached, reason, measured };
}

function before(one: CandidateRecall, other: CandidateRecall, by: readonly ('recall' | 'visitedBlocks')[]): boolean {
  for (const what of by) {
    const difference = what === 'recall' ? other.recall - one.recall : one.visitedBlocks - other.visitedBlocks;
    if (Math.abs(difference) > (what === 'recall' ? rounding : 0)) return difference < 0;
  }
  return false;
}

/** Rounded down, so that a share that falls short never reads as the one that was asked for. */
const percent = (share: number): string => `${(Math.floor((share + rounding) * 1000) / 10).toFixed(1)} %`;

/** Over the queries of a head in all batch rows; those that are fully masked have no mass to keep. */
function massOfHead(
  part: Float32Array,
  whole: Float32Array,
  head: number,
  { batch, heads, queries }: { readonly batch: number; readonly heads: number; readonly queries: number },
): Pick<CandidateRecall, 'recall' | 'lowest'> {
  let [sum, count, lowest] = [0, 0, 1];
  for (let row = 0; row < batch; row++) {
    const from = (row * heads + head) * queries;
    for (let at = from; at < from + queries; at++) {
      const all = whole[at] as number;
      if (all === Number.NEGATIVE_INFINITY) continue;
      const kept = Math.min(1, Math.exp((part[at] as number) - all));
      sum += kept;
      count++;
      lowest = Math.min(lowest, kept);
    }
  }
  return { recall: count === 0 ? 1 : sum / count, lowest };
}

/** Pairs of blocks that one head visits, over all batch rows. */
function blocksOfHead({ indptr, batch: rows, heads, queryLength, blockSize }: BlockLayout, head: number, batch: number): number {
  const lists = blockCount(queryLength, blockSize);
  let blocks = 0;
  for (let row = 0; row < rows; row++) {
    const first = (row * heads + (head % heads)) * lists;
    blocks += (indptr[first + lists] as number) - (indptr[first] as number);
  }
  return (blocks * batch) / rows; // one list that all rows share is visited once by each
}

function check({ recall, candidates, mask: of }: CalibrateOptions, sizes: { readonly batch: number; readonly heads: number }): void {
  if (!(isFloat(recall) && recall > 0 && recall <= 1)) {
    throw new ConfigError({
      caller,
      problem: 'recall must be in (0, 1].',
      expected: 'a number above 0, at most 1',
      got: show(recall),
      remedy: 'use 0.95 for patterns that keep 95 % of the mass.',
    });
  }
  if (!isList(candidates) || candidates.length === 0) {
    throw new ConfigError({
      caller,
      problem: 'candidates must hold at least one mask.',
      expected: 'one candidate mask or more',
      got: show(candidates),
      remedy: 'give windows of several widths, and everything() where a head may need it.',
    });
  }
  for (const [at, mask] of (of === undefined ? candidates : [...candidates, of]).entries()) {
    requireMask(caller, at < candidates.length ? `candidates[${at}]` : 'mask', mask);
    for (const axis of ['batch', 'heads'] as const) {
      if (mask[axis] === 1 || mask[axis] === sizes[axis]) continue;
      throw new ConfigError({
        caller,
        problem: `a mask must be made for this number of ${axis === 'heads' ? 'heads' : 'batch rows'}.`,
        expected: `1 (shared) or ${sizes[axis]} (set by q)`,
        got: `${mask[axis]} (${mask.name})`,
        remedy: 'give one mask for all, or one for each.',
      });
    }
  }
}
