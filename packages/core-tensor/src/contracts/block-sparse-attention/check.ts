import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError, ShapeError } from '../../error/index.ts';
import { type BlockLayout, blockCount } from '../../layout/block-layout.ts';
import { dims, type Named } from '../../tensor/dims.ts';
import type { AttentionCall } from './call.ts';
import type { ScoreTerm } from './score-terms.ts';

/** Checks everything that a kernel relies on, before the first tensor operation. */
export function checkCall(caller: string, { query, key, value, layout, selected, scale, terms }: AttentionCall): void {
  const { b, h, hkv, nq, nk } = dims(caller, { q: [query, 'b h nq d'], k: [key, 'b hkv nk d'], v: [value, 'b hkv nk dv'] });
  for (const [name, tensor] of Object.entries({ q: query, k: key, v: value })) checkType(caller, name, tensor, 'float32');
  if (h % hkv !== 0) {
    throw new ShapeError({
      caller,
      problem: 'the query heads cannot be shared out among the key heads.',
      expected: `h a multiple of hkv=${hkv} (set by k)`,
      got: `h=${h} (set by q)`,
      remedy: `give k and v a number of heads that divides ${h}.`,
    });
  }
  checkLayout(caller, layout, { b, h, nq, nk });
  if (selected !== undefined) {
    checkType(caller, 'selected', selected, 'int32');
    dims(caller, { q: [query, 'b h nq d'], selected: [selected, 'b|1 h|1 queryBlocks width'] });
    const expected = blockCount(nq, layout.blockSize);
    if (selected.shape[2] !== expected) {
      throw new ShapeError({
        caller,
        problem: 'selected does not have one list for each query block.',
        expected: `[b|1, h|1, ${expected}, width]  (nq=${nq} in blocks of ${layout.blockSize})`,
        got: `[${selected.shape.join(', ')}]`,
        remedy: 'choose key blocks for whole query blocks of the layout.',
      });
    }
  }
  if (!Number.isFinite(scale)) throw invalid(caller, 'scale', 'a finite number', String(scale), 'leave it out for 1 / sqrt(headDim).');
  for (const term of terms) checkTerm(caller, term, query, key, layout, selected);
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

function checkLayout(
  caller: string,
  layout: BlockLayout,
  { b, h, nq, nk }: { readonly b: number; readonly h: number; readonly nq: number; readonly nk: number },
): void {
  const fits = layout.queryLength === nq && layout.keyLength === nk && [1, b].includes(layout.batch) && [1, h].includes(layout.heads);
  if (fits) return;
  throw new ShapeError({
    caller,
    problem: 'the layout was made for other sizes.',
    expected: `queryLength ${nq}, keyLength ${nk}, batch 1 or ${b}, heads 1 or ${h}  (set by q and k)`,
    got: `queryLength ${layout.queryLength}, keyLength ${layout.keyLength}, batch ${layout.batch}, heads ${layout.heads}`,
    remedy: 'make the layout, or the mask, for these lengths, batch rows and heads.',
  });
}

function checkTerm(caller: string, term: ScoreTerm, q: Tensor, k: Tensor, layout: BlockLayout, selected: Tensor | undefined): void {
  const given = { q: [q, 'b h nq d'], k: [k, 'b hkv nk d'] } as const;
  const shape = (named: Record<string, Named>, dtype: 'float32' | 'int32' = 'float32'): void => {
    for (const [name, [tensor]] of Object.entries(named)) if (tensor) checkType(caller, name, tensor, dtype);
    dims(caller, { ...given, ...named });
  };
  switch (term.kind) {
    case 'bias':
      shape({ bias: [term.bias, 'b|1 h|1 nq nk'] });
      break;
    case 'blockBias': {
      shape({ blockBias: [term.bias, 'entries rows columns'] });
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
      shape({ table: [term.table, 'h|1 distances'] });
      if (!Number.isInteger(term.center))
        throw invalid(caller, 'distanceBias.center', 'an integer, the column of distance 0', String(term.center), 'round it.');
      break;
    case 'cellBias':
      shape({ table: [term.table, 'h|1 size size'] });
      break;
    case 'alibi':
      shape({ slopes: [term.slopes, 'h'] });
      break;
    case 'softCap':
      if (!(term.cap > 0))
        throw invalid(caller, 'softCap', 'a number above 0', String(term.cap), 'leave the term out for uncapped scores.');
      break;
    case 'relativePositions':
      shape({ r: [term.r, 'h distances d'], u: [term.u, 'h d'], v: [term.v, 'h d'] });
      break;
    case 'keyLengths':
      shape({ lengths: [term.lengths, 'b'] }, 'int32');
      break;
    case 'spanRamp':
      shape({ span: [term.span, 'h'] });
      if (!(term.ramp > 0))
        throw invalid(caller, 'spanRamp.ramp', 'a number of tokens above 0', String(term.ramp), 'Sukhbaatar et al. use 32.');
      break;
    case 'attentionDropout':
      if (!(term.rate >= 0 && term.rate < 1))
        throw invalid(caller, 'attentionDropout.rate', '0 ≤ rate < 1', String(term.rate), 'give the share of weights to drop.');
      break;
    case 'originalPositions':
      shape({ query: [term.query, 'b|1 h|1 nq'], key: [term.key, 'b|1 h|1 nk'] }, 'int32');
  }
}

function checkType(caller: string, name: string, tensor: Tensor, dtype: 'float32' | 'int32'): void {
  if (tensor.dtype === dtype) return;
  throw new ShapeError({
    caller,
    problem: `${name} has the wrong type of numbers.`,
    expected: dtype,
    got: tensor.dtype,
    remedy: `tf.cast(${name}, '${dtype}').`,
  });
}

const invalid = (caller: string, option: string, expected: string, got: string, remedy: string): ConfigError =>
  new ConfigError({ caller, problem: `${option} is not possible.`, expected, got, remedy });
