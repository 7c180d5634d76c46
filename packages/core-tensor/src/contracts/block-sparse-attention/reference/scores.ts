import { add, mul, type Tensor } from '@tensorflow/tfjs-core';
import type { AttentionCall } from '../call.ts';
import type { OriginalPositionsTerm, RelativePositionsTerm } from '../score-terms.ts';
import type { Chunk } from './chunk.ts';
import { product } from './product.ts';
import { step } from './terms/index.ts';
import { givenPositions, sequencePositions } from './terms/positions.ts';
import { relativeScores } from './terms/relative-positions.ts';
import type { Contribution, Place, Positions, Step } from './terms/step.ts';

/** Contributions to the gradient of one term. */
export interface TermContribution extends Contribution {
  /** Index into the call's terms. */
  readonly term: number;
}

export interface Scores {
  /** [C, B, W · B], every term applied. */
  readonly scores: Tensor;
  /** Float 0 or 1, of the scores' shape or broadcast to it; undefined where all pairs are visible. */
  readonly visible: Tensor | undefined;
  /** From the cotangent of the scores to those of the chunk's queries [C, B, d], keys [C, W · B, d] and the terms' tensors. */
  readonly pull: (cotangent: Tensor) => {
    readonly query: Tensor;
    readonly key: Tensor;
    readonly contributions: readonly TermContribution[];
  };
}

/** The scores of a chunk: products, scale, terms in order. */
export function scoresOf({ scale, terms }: AttentionCall, chunk: Chunk, query: Tensor, key: Tensor): Scores {
  const relativeAt = terms.findIndex((term) => term.kind === 'relativePositions');
  const relative = relativeAt < 0 ? undefined : relativeScores(terms[relativeAt] as RelativePositionsTerm, query, chunk);
  const contentQuery = relative?.contentQuery ?? query;
  const content = product(contentQuery, key, { transposeB: true });

  let scores = mul(relative ? add(content, relative.scores) : content, scale);
  let visible = chunk.visible;
  const place: Place = {
    chunk,
    positions: once(() =>
      positionsOf(
        terms.find((term) => term.kind === 'originalPositions'),
        chunk,
      ),
    ),
  };
  const steps: { readonly term: number; readonly pull: NonNullable<Step['pull']> }[] = [];
  terms.forEach((term, at) => {
    const taken = step(term, scores, place);
    if (taken === null) return;
    scores = taken.scores;
    if (taken.visible) visible = visible ? mul(visible, taken.visible) : taken.visible;
    if (taken.pull) steps.push({ term: at, pull: taken.pull });
  });

  return {
    scores,
    visible,
    pull(cotangent) {
      const contributions: TermContribution[] = [];
      let back = cotangent;
      for (const { term, pull } of steps.toReversed()) {
        const pulled = pull(back);
        back = pulled.scores;
        contributions.push(...pulled.contributions.map((contribution) => ({ ...contribution, term })));
      }
      const raw = mul(back, scale);
      const ofContent = product(raw, key);
      const ofKey = product(raw, contentQuery, { transposeA: true });
      if (!relative) return { query: ofContent, key: ofKey, contributions };
      const pulled = relative.pull(raw, ofContent);
      contributions.push(...pulled.contributions.map((contribution) => ({ ...contribution, term: relativeAt })));
      return { query: pulled.query, key: ofKey, contributions };
    },
  };
}

const positionsOf = (given: OriginalPositionsTerm | undefined, chunk: Chunk): Positions =>
  given ? givenPositions(chunk, given) : sequencePositions(chunk);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
