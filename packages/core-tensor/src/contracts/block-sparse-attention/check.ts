import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, ShapeError } from '../../error/index.ts';
import { type BlockLayout, blockCount } from '../../layout/block-layout.ts';
import { dims, type Named } from '../../tensor/dims.ts';
import type { AttentionCall, AttentionSizes } from './call.ts';
import type { ScoreTerm } from './score-terms.ts';

/** Checks all of a call that its sizes do not say already, before the first tensor operation. */
export function checkCall(caller: string, { q, k, sizes, layout, selected, scale, terms }: AttentionCall): void {
  checkLayout(caller, layout, sizes);
  if (selected !== undefined) checkSelected(caller, selected, layout);
  if (!Number.isFinite(scale)) throw invalid(caller, 'scale', 'a finite number', String(scale), 'leave it out for 1 / sqrt(headDim).');
  for (const term of terms) checkTerm(caller, term, q, k, layout, selected);
  for (const kind of ['relativePositions', 'originalPositions', 'attentionDropout'] as const) {
    const count = terms.filter((term) => term.kind === kind).length;
    if (count > 1) throw invalid(caller, 'score', `at most one ${kind} term`, `${count} of them`, `keep one ${kind} term.`);
  }
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

function checkSelected(caller: string, selected: Tensor, { blockSize, queryLength }: BlockLayout): void {
  const expected = blockCount(queryLength, blockSize);
  if (selected.shape[2] === expected) return;
  throw new ShapeError({
    caller,
    problem: 'selected does not have one list for each query block.',
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
    problem: 'the layout was made for other sizes.',
    expected: `queryLength ${queryLength}, keyLength ${keyLength}, batch 1 or ${batch}, heads 1 or ${heads}  (set by q and k)`,
    got: `queryLength ${layout.queryLength}, keyLength ${layout.keyLength}, batch ${layout.batch}, heads ${layout.heads}`,
    remedy: 'make the layout, or the mask, for these lengths, batch rows and heads.',
  });
}

function checkTerm(caller: string, term: ScoreTerm, q: Tensor, k: Tensor, layout: BlockLayout, selected: Tensor | undefined): void {
  const given = { q: [q, 'b h nq d'], k: [k, 'b hkv nk d'] } as const;
  const shape = (named: Record<string, Named>): void => void dims(caller, { ...given, ...named });
  switch (term.kind) {
    case 'bias':
      shape({ bias: [term.bias, 'b|1 h|1 nq nk:float32'] });
      break;
    case 'blockBias': {
      shape({ blockBias: [term.bias, 'entries rows columns:float32'] });
      const expected = [layout.entries.length, layout.blockSize, layout.blockSize];
      if (term.bias.shape.some((size, axis) => size !== expected[axis])) {
        throw new ShapeError({
          caller,
          problem: 'blockBias does not have one tile for each entry of the layout.',
          expected: `[${expected.join(', ')}]`,
          got: `[${term.bias.shape.join(', ')}]`,
          remedy: 'make one tile of blockSize x blockSize for each of layout.entries, in that order.',
        });
      }
      if (selected)
        throw invalid(caller, 'score', 'no blockBias beside a run-time list (its blocks have no tiles)', 'both', 'use distanceBias.');
      break;
    }
    case 'distanceBias':
      shape({ table: [term.table, 'h|1 distances:float32'] });
      if (!Number.isInteger(term.center))
        throw invalid(caller, 'distanceBias.center', 'an integer, the column of distance 0', String(term.center), 'round it.');
      break;
    case 'cellBias':
      shape({ table: [term.table, 'h|1 size size:float32'] });
      break;
    case 'alibi':
      shape({ slopes: [term.slopes, 'h:float32'] });
      break;
    case 'softCap':
      if (!(term.cap > 0))
        throw invalid(caller, 'softCap', 'a number above 0', String(term.cap), 'leave the term out for uncapped scores.');
      break;
    case 'relativePositions':
      shape({ r: [term.r, 'h distances d:float32'], u: [term.u, 'h d:float32'], v: [term.v, 'h d:float32'] });
      break;
    case 'keyLengths':
      shape({ lengths: [term.lengths, 'b:int32'] });
      break;
    case 'spanRamp':
      shape({ span: [term.span, 'h:float32'] });
      if (!(term.ramp > 0))
        throw invalid(caller, 'spanRamp.ramp', 'a number of tokens above 0', String(term.ramp), 'Sukhbaatar et al. use 32.');
      break;
    case 'attentionDropout':
      if (!(term.rate >= 0 && term.rate < 1))
        throw invalid(caller, 'attentionDropout.rate', '0 ≤ rate < 1', String(term.rate), 'give the share of weights to drop.');
      break;
    case 'originalPositions':
      shape({ query: [term.query, 'b|1 h|1 nq:int32'], key: [term.key, 'b|1 h|1 nk:int32'] });
  }
}

const invalid = (caller: string, option: string, expected: string, got: string, remedy: string): ConfigError =>
  new ConfigError({ caller, problem: `${option} is not possible.`, expected, got, remedy });
