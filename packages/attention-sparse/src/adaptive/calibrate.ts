import { type BlockLayout, type ScoreTerm, stopGradient } from '@longspan/core-tensor';
import { requireKnown } from '@longspan/core-tensor/error';
import { attentionCall, runAttention } from '@longspan/core-tensor/kernel';
import { blockCount, createLayout } from '@longspan/core-tensor/layout';
import { type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { everything, type Mask, nothing, perHead } from '../mask/index.ts';
import {
  blocksOfHead,
  type CandidateRecall,
  choose,
  type HeadChoice,
  requireCandidates,
  requireMade,
  requireRecall,
} from './candidate-choice.ts';

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
  requireRecall(caller, recall);
  requireCandidates(caller, candidates);
  const named = candidates.map((candidate, at) => [`candidates[${at}]`, candidate] as const);
  requireMade(caller, [...named, ...(of === undefined ? [] : [['mask', of] as const])], { batch: b, heads: h });
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
