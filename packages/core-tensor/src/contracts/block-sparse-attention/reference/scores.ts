import { add, equal, mul, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';
import type { AttentionCall } from '../call.ts';
import { recordOf } from '../score-term/index.ts';
import type { OriginalPositionsTerm } from '../score-term/original-positions.ts';
import { givenPositions, sequencePositions } from '../score-term/positions.ts';
import { type RelativePositionsTerm, relativeScores } from '../score-term/relative-positions.ts';
import type { Contribution, Place, Positions, Step } from '../score-term/step.ts';
import type { Chunk } from './chunk.ts';
import { product, weightedSum } from './product.ts';

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
  /** What the weights are multiplied by after the softmax; undefined where they stay as they are. */
  readonly kept: (() => Tensor) | undefined;
  /** From the cotangent of the scores to those of the chunk's queries [C, B, d], keys [C, W · B, d] and the terms' tensors. */
  readonly backward: (cotangent: Tensor) => {
    readonly query: Tensor;
    readonly key: Tensor;
    readonly contributions: readonly TermContribution[];
  };
}

/** How the scores of any chunk of a call are made. */
export type ScoresOf = (chunk: Chunk, query: Tensor, key: Tensor) => Scores;

/**
 * Products, scale, terms in order; made once for a pass.
 * @param isSpoiled whether operands may be NaN or infinite: then a cotangent that is exactly 0, as those of masked pairs are, stays so on
 *   its whole way back
 */
export function scoresOf(call: AttentionCall, isSpoiled = false): ScoresOf {
  const steps = call.terms.map((term) => recordOf(term).step?.(term, call));
  return (chunk, query, key) => scoresOfChunk(call, isSpoiled, steps, chunk, query, key);
}

type StepOf = ((scores: Tensor, place: Place) => Step) | undefined;

function scoresOfChunk(
  { scale, terms }: AttentionCall,
  isSpoiled: boolean,
  stepsOf: readonly StepOf[],
  chunk: Chunk,
  query: Tensor,
  key: Tensor,
): Scores {
  const sumOf = weightedSum(isSpoiled);
  const relativeAt = terms.findIndex((term) => term.kind === 'relativePositions');
  const relative = relativeAt < 0 ? undefined : relativeScores(terms[relativeAt] as RelativePositionsTerm, query, chunk, sumOf);
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
  const steps: { readonly term: number; readonly backward: NonNullable<Step['backward']> }[] = [];
  let kept: Scores['kept'];
  stepsOf.forEach((step, at) => {
    const taken = step?.(scores, place);
    if (taken === undefined) return;
    scores = taken.scores;
    if (taken.visible) visible = visible ? mul(visible, taken.visible) : taken.visible;
    if (taken.kept) kept = taken.kept;
    if (taken.backward) steps.push({ term: at, backward: taken.backward });
  });

  return {
    scores,
    visible,
    kept,
    backward(cotangent) {
      const contributions: TermContribution[] = [];
      const isZero = isSpoiled ? equal(cotangent, 0) : undefined;
      let back = cotangent;
      for (const { term, backward } of [...steps].reverse()) {
        const gradients = backward(back);
        back = isZero ? where(isZero, zerosLike(gradients.scores), gradients.scores) : gradients.scores;
        contributions.push(...gradients.contributions.map((contribution) => ({ ...contribution, term })));
      }
      const raw = mul(back, scale);
      const ofContent = sumOf(raw, key);
      const ofKey = sumOf(raw, contentQuery, { transposeA: true });
      if (!relative) return { query: ofContent, key: ofKey, contributions };
      const gradients = relative.backward(raw, ofContent);
      contributions.push(...gradients.contributions.map((contribution) => ({ ...contribution, term: relativeAt })));
      return { query: gradients.query, key: ofKey, contributions };
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
