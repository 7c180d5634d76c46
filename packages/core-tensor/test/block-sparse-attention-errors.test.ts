import { onBackends } from '@longspan/tooling/expect';
import { memory, ones, type Tensor, tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  alibi,
  type BlockLayout,
  type BlockSparseAttentionOptions,
  bias,
  blockBias,
  blockSparseAttention,
  createKey,
  originalPositions,
  relativePositions,
} from '../src/index.ts';

const lists = { indptr: new Int32Array([0, 2, 4]), indices: new Int32Array([0, 1, 0, 1]), tileIndices: new Int32Array(4).fill(-1) };
const layout: BlockLayout = {
  blockSize: 4,
  queryLength: 6,
  keyLength: 8,
  queryOffset: 2,
  batch: 1,
  heads: 1,
  ...lists,
  bitmaps: new Uint32Array(0),
  transposed: lists,
};

onBackends('errors of blockSparseAttention', () => {
  const call = (
    over: { readonly q?: Tensor; readonly k?: Tensor; readonly v?: Tensor } & Partial<BlockSparseAttentionOptions> = {},
  ): string => {
    const { q = zeros([2, 3, 6, 5]), k = zeros([2, 3, 8, 5]), v = zeros([2, 3, 8, 7]), ...options } = over;
    const before = memory().numTensors;
    try {
      blockSparseAttention(q, k, v, { layout, ...options });
      return 'no error';
    } catch (error) {
      expect(memory().numTensors).toBe(before);
      return (error as Error).message;
    }
  };

  it('an axis that disagrees names who set it, what came and the remedy', () => {
    expect(call({ v: zeros([2, 3, 7, 7]) })).toBe(
      [
        'blockSparseAttention: v must have the shape [b=2, hkv=3, nk=8, dv].',
        '  expected  [b=2, hkv=3, nk=8, dv]  (nk was set by k)',
        '  got       [2, 3, 7, 7]',
        '  remedy    give v 8 along axis 2, or check k.',
      ].join('\n'),
    );
  });

  it('key heads that do not divide the query heads are rejected', () => {
    expect(call({ k: zeros([2, 2, 8, 5]), v: zeros([2, 2, 8, 7]) })).toBe(
      [
        'blockSparseAttention: the number of query heads must be a multiple of the number of key heads.',
        '  expected  h a multiple of hkv=2 (set by k)',
        '  got       h=3 (set by q)',
        '  remedy    give keys and values a number of heads that divides 3.',
      ].join('\n'),
    );
  });

  it('a layout of other sizes is rejected', () => {
    expect(call({ layout: { ...layout, queryLength: 8 } })).toBe(
      [
        'blockSparseAttention: the layout must be made for these sizes.',
        '  expected  queryLength 6, keyLength 8, batch 1 or 2, heads 1 or 3  (set by q and k)',
        '  got       queryLength 8, keyLength 8, batch 1, heads 1',
        '  remedy    make the layout, or the mask, for these lengths, batch rows and heads.',
      ].join('\n'),
    );
  });

  it('integers where numbers are wanted are rejected', () => {
    expect(call({ q: zeros([2, 3, 6, 5], 'int32') })).toContain(
      "q must be float32.\n  expected  float32 [b, h, nq, d]\n  got       int32 [2, 3, 6, 5]\n  remedy    give cast(q, 'float32').",
    );
    expect(call({ score: new Uint8Array() as never })).toContain('score must be a list of score terms.');
    expect(call({ score: [{ kind: 'keyLengths', lengths: ones([2]) }] })).toContain('lengths must be int32.\n  expected  int32 [b]');
  });

  // Terms that their own functions could refuse are plain records here: the call checks them too.
  it.each<[string, () => Partial<BlockSparseAttentionOptions>, string]>([
    [
      'slopes for other heads',
      () => ({ score: [alibi(zeros([4]))] }),
      'slopes must have the shape [h=3].\n  expected  [h=3]  (h was set by q)\n  got       [4]',
    ],
    ['a bias of another length', () => ({ score: [bias(zeros([1, 1, 6, 9]))] }), 'bias must have the shape ['],
    [
      'a bias that lacks tiles',
      () => ({ score: [blockBias(zeros([3, 4, 4]))] }),
      'blockBias must have one tile for each entry of the layout.\n  expected  [4, 4, 4]',
    ],
    [
      'a soft cap of 0',
      () => ({ score: [{ kind: 'softCap', cap: 0 }] }),
      'softCap must be a finite number above 0.\n  expected  a finite number above 0\n  got       0\n  remedy    leave the term out',
    ],
    [
      'a soft cap without end',
      () => ({ score: [{ kind: 'softCap', cap: Number.POSITIVE_INFINITY }] }),
      'a finite number above 0\n  got       Infinity',
    ],
    [
      'a ramp without end',
      () => ({ score: [{ kind: 'spanRamp', span: zeros([3]), ramp: Number.POSITIVE_INFINITY }] }),
      'spanRamp.ramp must be a finite number of tokens above 0.',
    ],
    [
      'a rate that is not a number',
      () => ({ score: [{ kind: 'attentionDropout', key: createKey(1), rate: Number.NaN }] }),
      'got       NaN',
    ],
    [
      'a score of a token with itself that is infinite',
      () => ({ score: [{ ...original(), selfScore: Number.NEGATIVE_INFINITY }] }),
      'originalPositions.selfScore must be a finite number.\n  expected  a finite number\n  got       -Infinity',
    ],
    [
      'a table without distances',
      () => ({ score: [{ kind: 'distanceBias', table: zeros([1, 0]), center: 0 }] }),
      'distanceBias.table must hold at least one number.\n  expected  extents of at least 1\n  got       [1, 0]',
    ],
    [
      'a center beyond the table',
      () => ({ score: [{ kind: 'distanceBias', table: zeros([1, 5]), center: 5 }] }),
      'distanceBias.center must be a column of the table, that of distance 0.\n  expected  a column of the table, that of distance 0\n  got       5  (the table has columns 0 … 4)',
    ],
    [
      'a center before the table',
      () => ({ score: [{ kind: 'distanceBias', table: zeros([1, 5]), center: -1 }] }),
      'got       -1  (the table has',
    ],
    [
      'a table without cells',
      () => ({ score: [{ kind: 'cellBias', table: zeros([1, 0, 0]) }] }),
      'cellBias.table must hold at least one number.',
    ],
    [
      'no rows of relative positions',
      () => ({ score: [{ ...relative(), r: zeros([3, 0, 5]) }] }),
      'relativePositions.r must hold at least one number.\n  expected  extents of at least 1\n  got       [3, 0, 5]',
    ],
    [
      'a rate of 1',
      () => ({ score: [{ kind: 'attentionDropout', key: createKey(1), rate: 1 }] }),
      'attentionDropout.rate must be 0 ≤ rate < 1.\n  expected  0 ≤ rate < 1',
    ],
    [
      'a scale that is not a number',
      () => ({ scale: Number.NaN }),
      'scale must be a finite number.\n  expected  a finite number\n  got       NaN',
    ],
    [
      'lists for other query blocks',
      () => ({ selected: zeros([1, 1, 3, 2], 'int32') }),
      'selected must have one list for each query block.\n  expected  [b|1, h|1, 2, width]',
    ],
    [
      'a bias by blocks beside a run-time list',
      () => ({ selected: zeros([1, 1, 2, 2], 'int32'), score: [blockBias(zeros([4, 4, 4]))] }),
      'no blockBias beside a run-time list',
    ],
    ['two soft positions', () => ({ score: [relative(), relative()] }), 'at most one relativePositions term\n  got       2 of them'],
    ['relative and original positions', () => ({ score: [relative(), original()] }), 'relativePositions or originalPositions, not both'],
  ])('%s: the message says what was expected', (_, options, message) => {
    expect(call(options())).toContain(message);
  });

  it('no layout names where to get one', () => {
    expect(call({ layout: undefined as unknown as BlockLayout })).toContain('createLayout(mask, { queryLength, keyLength })');
  });
});

const relative = () => relativePositions({ r: zeros([3, 8, 5]), u: zeros([3, 5]), v: zeros([3, 5]) });
const original = () => originalPositions({ query: tensor([0, 1, 2, 3, 4, 5], [1, 1, 6], 'int32'), key: zeros([1, 1, 8], 'int32') });
