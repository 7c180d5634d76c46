import type { Tensor } from '@tensorflow/tfjs-core';
import { requireScale, ShapeError } from '../../error/index.ts';
import { type BlockLayout, blockCount } from '../../layout/block-layout.ts';
import { dims, type Named } from '../../tensor/dims.ts';
import type { AttentionSizes } from './attention-blocks.ts';
import type { AttentionCall } from './call.ts';
import { recordOf, type ScoreTerm, tensorsOf } from './score-term/index.ts';
import { invalid } from './score-term/invalid.ts';

/** Checks all of a call that its sizes do not say already, before the first tensor operation. */
export function checkCall(caller: string, call: AttentionCall): void {
  const { sizes, layout, selected, scale, terms } = call;
  checkLayout(caller, layout, sizes);
  if (selected !== undefined) checkSelected(caller, selected, layout);
  requireScale(caller, scale);
  for (const term of terms) checkTerm(caller, term, call);
  for (const kind of new Set(terms.map((term) => term.kind))) checkCount(caller, kind, terms);
  if (terms.some(({ kind }) => kind === 'relativePositions') && terms.some(({ kind }) => kind === 'originalPositions')) {
    throw invalid(
      caller,
      'score',
      'relativePositions or originalPositions, not both (relative rows are read along the diagonals of unsorted blocks)',
      'both',
      'use distanceBias or alibi with originalPositions, or leave the sequence unsorted.',
    );
  }
}

function checkTerm(caller: string, term: ScoreTerm, call: AttentionCall): void {
  const record = recordOf(term);
  const held = tensorsOf(term);
  const named = Object.entries(record.tensors).map(([field, axes], at): [string, Named] => [field, [held[at] as Tensor, axes]]);
  if (named.length > 0) dims(caller, { q: [call.q, 'b h nq d'], k: [call.k, 'b hkv nk d'], ...Object.fromEntries(named) });
  record.check?.(caller, term, call);
}

function checkCount(caller: string, kind: ScoreTerm['kind'], terms: readonly ScoreTerm[]): void {
  const [first, ...more] = terms.filter((term) => term.kind === kind);
  if (first === undefined || more.length === 0 || !recordOf(first).single) return;
  throw invalid(caller, 'score', `at most one ${kind} term`, `${more.length + 1} of them`, `keep one ${kind} term.`);
}

function checkSelected(caller: string, selected: Tensor, { blockSize, queryLength }: BlockLayout): void {
  const expected = blockCount(queryLength, blockSize);
  if (selected.shape[2] === expected) return;
  throw new ShapeError({
    caller,
    problem: 'selected must have one list for each query block.',
    expected: `[b|1, h|1, ${expected}, width]  (nq=${queryLength} in blocks of ${blockSize})`,
    got: `[${selected.shape.join(', ')}]`,
    remedy: 'choose key blocks for whole query blocks of the layout.',
  });
}

function checkLayout(caller: string, layout: BlockLayout, { batch, heads, queryLength, keyLength }: AttentionSizes): void {
  const sameLengths = layout.queryLength === queryLength && layout.keyLength === keyLength;
  if (sameLengths && [1, batch].includes(layout.batch) && [1, heads].includes(layout.heads)) return;
  throw new ShapeError({
    caller,
    problem: 'the layout must be made for these sizes.',
    expected: `queryLength ${queryLength}, keyLength ${keyLength}, batch 1 or ${batch}, heads 1 or ${heads}  (set by q and k)`,
    got: `queryLength ${layout.queryLength}, keyLength ${layout.keyLength}, batch ${layout.batch}, heads ${layout.heads}`,
    remedy: 'make the layout, or the mask, for these lengths, batch rows and heads.',
  });
}
