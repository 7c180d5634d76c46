import { type BlockLayout, type BlockLists, createKey } from '@longspan/core-tensor';
import { type AttentionCall, type AttentionKernel, referenceAttention } from '@longspan/core-tensor/kernel';
import {
  add,
  concat,
  fill,
  isNaN as isNotANumber,
  less,
  maximum,
  mul,
  reverse,
  slice,
  sum,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';

/** A mistake that a kernel could make. */
export interface Fault {
  readonly label: string;
  /** The label of a hard call that has to show it. */
  readonly shownBy: string;
  /** The reference with that mistake in it. */
  readonly kernel: AttentionKernel;
}

type Passes = Pick<AttentionKernel, 'forward' | 'backward'>;

const { forward, backward } = referenceAttention;
const kernel = (passes: Partial<Passes>): AttentionKernel => ({ ...referenceAttention, name: 'faulty', ...passes });

/** Both passes get another call than the one that was asked for. */
const calls = (change: (call: AttentionCall) => AttentionCall): AttentionKernel =>
  kernel({ forward: (call) => forward(change(call)), backward: (call, cotangents) => backward(change(call), cotangents) });

const layouts = (change: (layout: BlockLayout) => Partial<BlockLayout>): AttentionKernel =>
  calls((call) => ({ ...call, layout: { ...call.layout, ...change(call.layout) } }));

const withoutSink = (call: AttentionCall): AttentionCall => ({
  ...call,
  terms: call.terms.filter(({ kind }) => kind !== 'attentionSink'),
});

const withBiases = (call: AttentionCall, change: (bias: Tensor) => Tensor): AttentionCall => ({
  ...call,
  terms: call.terms.map((term) => (term.kind === 'bias' ? { ...term, bias: change(term.bias) } : term)),
});

const biases = (change: (bias: Tensor) => Tensor): AttentionKernel => calls((call) => withBiases(call, change));

/** The lists without the pair of the third block and the third block: the same whichever side the rows are. */
function withoutThirdPair({ indptr, indices, tileIndices }: BlockLists, rows: number): BlockLists {
  const kept: number[] = [];
  const ends = [0];
  for (let row = 0; row + 1 < indptr.length; row++) {
    for (let at = indptr[row] as number; at < (indptr[row + 1] as number); at++) {
      if (row % rows !== 2 || indices[at] !== 2) kept.push(at);
    }
    ends.push(kept.length);
  }
  return {
    indptr: Int32Array.from(ends),
    indices: Int32Array.from(kept, (at) => indices[at] as number),
    tileIndices: Int32Array.from(kept, (at) => tileIndices[at] as number),
  };
}

const lastQueryUnwritten = (out: Tensor): Tensor => {
  const [b = 0, h = 0, nq = 0, dv = 0] = out.shape;
  const written = slice(out, [0, 0, 0, 0], [b, h, nq - 1, dv]);
  return concat([written, zerosLike(slice(out, [0, 0, nq - 1, 0], [b, h, 1, dv]))], 2);
};

/** The reference as it is, by the name that those with a mistake have. */
export const faultless: AttentionKernel = kernel({});

export const faults: readonly Fault[] = [
  { label: 'the scale is 1 in 1,000 too large', shownBy: 'window', kernel: calls((call) => ({ ...call, scale: 1.001 * call.scale })) },
  {
    label: 'a visited block is skipped',
    shownBy: 'window',
    kernel: layouts((layout) => ({
      ...withoutThirdPair(layout, Math.ceil(layout.queryLength / layout.blockSize)),
      transposed: withoutThirdPair(layout.transposed, Math.ceil(layout.keyLength / layout.blockSize)),
    })),
  },
  {
    label: 'masks of tiles are off by one key',
    shownBy: 'window',
    kernel: layouts(({ bitmaps }) => ({ bitmaps: bitmaps.map((bits) => bits >>> 1) })),
  },
  {
    label: 'partial tiles are taken for full ones',
    shownBy: 'length of exactly two blocks',
    kernel: layouts(({ bitmaps }) => ({ bitmaps: bitmaps.map(() => 0xff) })),
  },
  {
    label: 'queries stand one position too far',
    shownBy: 'bias by distance',
    kernel: layouts(({ queryOffset }) => ({ queryOffset: queryOffset + 1 })),
  },
  {
    label: 'heads read the keys of other heads',
    shownBy: 'grouped-query heads',
    kernel: calls((call) => ({ ...call, k: reverse(call.k, 1) })),
  },
  {
    label: 'blocks chosen at run time are left out',
    shownBy: 'blocks chosen at run time, united with a window, ends cut',
    kernel: calls((call) => ({ ...call, selected: undefined })),
  },
  {
    label: 'dropout is drawn from another key',
    shownBy: 'attention dropout',
    kernel: calls((call) => ({
      ...call,
      terms: call.terms.map((term) => (term.kind === 'attentionDropout' ? { ...term, key: createKey(4) } : term)),
    })),
  },
  {
    label: 'score terms are applied in another order',
    shownBy: 'soft cap between two biases',
    kernel: kernel({ forward: (call) => forward({ ...call, terms: [...call.terms].reverse() }) }),
  },
  {
    label: 'the last query is not written',
    shownBy: 'length of two blocks and one token',
    kernel: kernel({
      forward(call) {
        const { out, logSumExp } = forward(call);
        return { out: lastQueryUnwritten(out), logSumExp };
      },
    }),
  },
  {
    label: 'log-sum-exp is in bits',
    shownBy: 'window',
    kernel: kernel({
      forward(call) {
        const { out, logSumExp } = forward(call);
        return { out, logSumExp: mul(logSumExp, Math.LOG2E) };
      },
    }),
  },
  {
    label: 'the gradient of the keys is 1 in 1,000 too large',
    shownBy: 'window',
    kernel: kernel({
      backward(call, cotangents) {
        const [query = null, key, ...others] = backward(call, cotangents);
        return [query, mul(key as Tensor, 1.001), ...others];
      },
    }),
  },
  {
    label: 'the cotangent of log-sum-exp is forgotten',
    shownBy: 'window',
    kernel: kernel({
      backward: (call, cotangents) => backward(call, { ...cotangents, logSumExpCotangent: zerosLike(cotangents.logSumExpCotangent) }),
    }),
  },
  {
    label: 'the sink is left out',
    shownBy: 'a sink',
    kernel: calls(withoutSink),
  },
  {
    label: 'the log-sum-exp is that of the keys alone',
    shownBy: 'a sink',
    kernel: kernel({ forward: (call) => ({ out: forward(call).out, logSumExp: forward(withoutSink(call)).logSumExp }) }),
  },
  {
    label: 'the gradient of the sink knows nothing of the log-sum-exp',
    shownBy: 'a sink',
    kernel: kernel({
      backward(call, cotangents) {
        const others = backward(call, cotangents).slice(0, -1);
        return [...others, ...backward(call, { ...cotangents, logSumExpCotangent: zerosLike(cotangents.logSumExpCotangent) }).slice(-1)];
      },
    }),
  },
  {
    label: 'masked values are multiplied by 0',
    shownBy: 'keys and values that are not finite beyond key lengths',
    kernel: kernel({
      forward(call) {
        const results = forward(call);
        return { ...results, out: add(results.out, mul(sum(call.v, 2, true), 0)) };
      },
    }),
  },
  {
    label: 'gradients of masked keys are multiplied by 0',
    shownBy: 'keys and values that are not finite beyond key lengths',
    kernel: kernel({
      backward(call, cotangents) {
        const [query, key, ...others] = backward(call, cotangents);
        return [query as Tensor, add(key as Tensor, mul(call.k, 0)), ...others];
      },
    }),
  },
  {
    label: 'gradients of fully masked rows are multiplied by 0',
    shownBy: 'queries, and cotangents, of fully masked rows that are not finite',
    kernel: kernel({
      backward(call, cotangents) {
        const [query, ...others] = backward(call, cotangents);
        return [add(query as Tensor, mul(call.q, 0)), ...others];
      },
    }),
  },
  {
    label: 'scores of −∞ are held to −1e30',
    shownBy: 'a bias of −∞ on whole rows of full blocks',
    kernel: biases((bias) => maximum(bias, -1e30)),
  },
  {
    label: 'the least float is taken for a mask',
    shownBy: 'a bias of the least float in full blocks',
    kernel: biases((bias) => where(less(bias, -1e30), fill(bias.shape, Number.NEGATIVE_INFINITY), bias)),
  },
  {
    label: 'the least float is held to −1e30',
    shownBy: 'a bias of the least float in the place of a mask',
    kernel: kernel({ forward: (call) => forward(withBiases(call, (bias) => maximum(bias, -1e30))) }),
  },
  {
    label: 'a visible NaN is taken for 0',
    shownBy: 'a visible score of +∞, and one of NaN',
    kernel: biases((bias) => where(isNotANumber(bias), zerosLike(bias), bias)),
  },
  {
    label: 'a NaN in a value reaches all queries of its head',
    shownBy: 'a value and a key that are not finite and visible',
    kernel: kernel({
      forward(call) {
        const results = forward(call);
        return { ...results, out: add(results.out, mul(sum(call.v, 2, true), 0)) };
      },
    }),
  },
  {
    label: 'weights are taken from the rounded log-sum-exp',
    shownBy: 'a sink among scores far from 0',
    kernel: kernel({ backward: (call, cotangents) => backward(call, { ...cotangents, roundedOff: undefined }) }),
  },
];
