import type { Draw } from '@longspan/core-tensor';
import { ConfigError, requireInteger, requireKind, show } from '@longspan/core-tensor/error';
import { transformerDraw } from '@longspan/core-tensor/layer';
import type { Tensor } from '@tensorflow/tfjs-core';

export interface ClusterSizes {
  /** How many different tokens there are. */
  readonly vocabulary: number;
  /** Features of a token in and out of the model (Hugging Face's `d_model`, `d_proj`). */
  readonly width: number;
  /** Features of the most frequent tokens' rows; the width by default (Hugging Face's `d_embed`). */
  readonly embeddingWidth?: number | undefined;
  /** Where each cluster of rarer tokens begins, ascending; none by default. */
  readonly cutoffs?: readonly number[] | undefined;
  /** Each cluster's rows are that many times narrower than those of the one before; 1 by default: one table for all (Hugging Face's `div_val`). */
  readonly widthDivisor?: number | undefined;
}

/** How Hugging Face draws tables and projections. */
export const tableDraw: Draw = transformerDraw;
export const projectionDraw: Draw = { kind: 'normal', standardDeviation: 0.01 };

/** Tokens of like frequency: ids are ordered by descending frequency, so a cluster is a range of them. */
export interface Cluster {
  readonly start: number;
  readonly end: number;
  /** Features of its rows. */
  readonly width: number;
}

export interface Clusters {
  readonly all: readonly [Cluster, ...Cluster[]];
  readonly vocabulary: number;
  readonly width: number;
  readonly embeddingWidth: number;
  /** Whether all tokens stand in one table (widthDivisor 1). */
  readonly shared: boolean;
  /** Whether rows have to be brought to the model's width. */
  readonly projected: boolean;
}

/** What turns hidden rows into the logits of one cluster; the head's holds an entry for each other cluster after its tokens. */
export interface ClusterLayer {
  project(rows: Tensor): Tensor;
  weight(): Tensor;
  bias(): Tensor;
}

/** The names of `ClusterSizes`. */
export const clusterNames: Readonly<Record<keyof ClusterSizes, true>> = {
  vocabulary: true,
  width: true,
  embeddingWidth: true,
  cutoffs: true,
  widthDivisor: true,
};

/**
 * Cuts a vocabulary into clusters.
 * @throws ConfigError when a size is not possible, the cutoffs do not ascend within the vocabulary, or a cluster's rows have no feature
 * @source Grave et al. 2017 (arXiv 1609.04309); Baevski & Auli 2019 (arXiv 1809.10853); `div_val` of Transformer-XL's code
 */
export function clustersOf(caller: string, sizes: ClusterSizes): Clusters {
  const { vocabulary, width, embeddingWidth = width, cutoffs = [], widthDivisor = 1 } = sizes;
  requireInteger(caller, { vocabulary, width, embeddingWidth, widthDivisor }, 1);
  requireKind(caller, 'cutoffs', cutoffs, 'list');
  const bounds = [0, ...cutoffs, vocabulary];
  if (bounds.some((bound, at) => !Number.isInteger(bound) || (at > 0 && bound <= (bounds[at - 1] as number)))) {
    throw new ConfigError({
      caller,
      problem: 'the cutoffs must ascend within the vocabulary.',
      expected: `integers between 0 and ${vocabulary}, each above the one before`,
      got: show(cutoffs),
      remedy: 'give the first token of each rarer cluster, for example [20000, 40000, 200000] of 267735.',
    });
  }
  const widths = bounds.slice(1).map((_, at) => Math.floor(embeddingWidth / widthDivisor ** at));
  const empty = widths.indexOf(0);
  if (empty >= 0) {
    throw new ConfigError({
      caller,
      problem: `the rows of cluster ${empty} must have at least one feature.`,
      expected: `embeddingWidth at least widthDivisor ** ${empty} = ${widthDivisor ** empty}`,
      got: `embeddingWidth ${embeddingWidth}, widthDivisor ${widthDivisor}`,
      remedy: 'use fewer cutoffs or a smaller widthDivisor.',
    });
  }
  const all = widths.map((each, at) => ({ start: bounds[at] as number, end: bounds[at + 1] as number, width: each }));
  return {
    all: all as readonly Cluster[] as readonly [Cluster, ...Cluster[]],
    vocabulary,
    width,
    embeddingWidth,
    shared: widthDivisor === 1,
    projected: widthDivisor > 1 || embeddingWidth !== width,
  };
}

/** The tables that the clusters' rows stand in: one each, or one for all. */
export const tablesOf = ({ all, vocabulary, embeddingWidth, shared }: Clusters): readonly Cluster[] =>
  shared ? [{ start: 0, end: vocabulary, width: embeddingWidth }] : all;

/** What turns hidden rows into the logits of one cluster; the head's holds an entry for each other cluster after its tokens. */
export interface ClusterLayer {
  project(rows: Tensor): Tensor;
  weight(): Tensor;
  bias(): Tensor;
}
