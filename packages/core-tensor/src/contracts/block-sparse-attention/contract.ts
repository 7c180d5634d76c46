import { backend, getBackend, type Tensor } from '@tensorflow/tfjs-core';
import { defineOp, type Op } from '../../custom-op.ts';
import { ConfigError } from '../../error/index.ts';
import type { BlockLayout } from './block-layout.ts';
import type { AttentionCall, AttentionResult } from './call.ts';
import { checkCall } from './check.ts';
import { chooseAttentionKernel, takeAttentionKernel } from './kernels.ts';
import type { ScoreTerm } from './score-terms.ts';
import { tensorsOf, withTensors } from './term-tensors.ts';

export interface BlockSparseAttentionOptions {
  readonly layout: BlockLayout;
  /** What scores are multiplied by; 1 / sqrt(d) when absent. */
  readonly scale?: number;
  /** Applied in order to the scaled scores, before the softmax. */
  readonly score?: readonly ScoreTerm[];
  /** Key blocks that each query block sees besides the layout's: int32 [b|1, h|1, queryBlocks, width], −1 where unused. */
  readonly selected?: Tensor;
}

/** All of a call but its tensors, which tfjs must know of by themselves. */
interface Attributes {
  readonly layout: BlockLayout;
  readonly scale: number;
  readonly hasSelected: boolean;
  /** Hold the first call's tensors in no place that is read: `withTensors` replaces them. */
  readonly terms: readonly ScoreTerm[];
}

const pack = ({ query, key, value, selected, terms }: AttentionCall): readonly Tensor[] => [
  query,
  key,
  value,
  ...(selected ? [selected] : []),
  ...terms.flatMap(tensorsOf),
];

function unpack(tensors: readonly Tensor[], { layout, scale, hasSelected, terms }: Attributes): AttentionCall {
  const [query, key, value, ...rest] = tensors as [Tensor, Tensor, Tensor, ...Tensor[]];
  const selected = hasSelected ? rest.shift() : undefined;
  return {
    query,
    key,
    value,
    layout,
    scale,
    selected,
    terms: terms.map((term) => withTensors(term, rest.splice(0, tensorsOf(term).length))),
  };
}

const run: Op<readonly Tensor[], [Tensor, Tensor], Attributes> = defineOp({
  name: 'BlockSparseAttention',
  forward(tensors: readonly Tensor[], attributes: Attributes): [Tensor, Tensor] {
    const call = unpack(tensors, attributes);
    const { out, logSumExp } = takeAttentionKernel(getBackend(), call).forward(call);
    return [out, logSumExp];
  },
  save: { inputs: 'all', outputs: [0, 1] },
  gradient({ inputs, outputs: [out, logSumExp] }, [outCotangent, logSumExpCotangent], attributes) {
    const call = unpack(inputs, attributes);
    const kernel = takeAttentionKernel(getBackend(), call);
    const [query = null, key = null, value = null, ...ofTerms] = kernel.backward(call, {
      out,
      logSumExp,
      outCotangent,
      logSumExpCotangent,
    });
    return [query, key, value, ...(attributes.hasSelected ? [null] : []), ...ofTerms];
  },
});

/**
 * Softmax attention over the key blocks that a layout lists for each query block: the one operation behind every mechanism.
 * A query that sees no key gets zeros, a log-sum-exp of −Infinity and no gradients.
 * @shape q [b, h, nq, d]; k [b, hkv, nk, d]; v [b, hkv, nk, dv], float32; h a multiple of hkv: query head a reads key head
 *   floor(a · hkv / h). Any lengths, any d and dv.
 * @returns out [b, h, nq, dv] and logSumExp [b, h, nq] in nats of the final scores; both belong to the caller, both have gradients
 * @throws ShapeError, ConfigError when an argument does not fit; ConfigError for gradients of gradients
 * @cost 2 · visited pairs · (d + dv) multiply-adds forward, 2.5 times that backward; memory O(n · d) besides results: at most
 *   256 MB of temporaries with the reference kernel
 * @source Vaswani et al. 2017 (arXiv 1706.03762) eq. 1; Dao et al. 2022 (arXiv 2205.14135), block-sparse form §3.3
 * @example
 * const all = { offsets: new Int32Array([0, 1]), entries: new Int32Array([0]), tiles: new Int32Array([-1]) };
 * const layout = { blockSize: 2, queryLength: 2, keyLength: 2, queryOffset: 0, batch: 1, heads: 1, bitmaps: new Uint32Array(0), ...all, transposed: all };
 * const same = zeros([1, 1, 2, 4]);
 * const { out } = blockSparseAttention(same, same, tensor4d([1, 2, 3, 4], [1, 1, 2, 2]), { layout });
 * await out.data(); // => [2, 3, 2, 3]
 */
export function blockSparseAttention(q: Tensor, k: Tensor, v: Tensor, options: BlockSparseAttentionOptions): AttentionResult {
  const call = callOf('blockSparseAttention', q, k, v, options);
  const { layout, scale, selected, terms } = call;
  const [out, logSumExp] = run(pack(call), { layout, scale, hasSelected: selected !== undefined, terms });
  return { out, logSumExp };
}

/**
 * Which kernel a call would run on, and why, without running it.
 * @shape as blockSparseAttention
 * @cost no tensor operations
 */
export function explainBlockSparseAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: BlockSparseAttentionOptions,
): { readonly kernel: string; readonly reason: string } {
  const call = callOf('explainBlockSparseAttention', q, k, v, options);
  backend(); // a backend has no name before it has started
  const { kernel, reason } = chooseAttentionKernel(getBackend(), call);
  return { kernel: kernel.name, reason };
}

/**
 * Checks a call without running it, in the name of the public function that its caller used.
 * @shape as blockSparseAttention
 * @throws ShapeError, ConfigError when an argument does not fit
 * @cost no tensor operations
 */
export function checkAttention(door: string, q: Tensor, k: Tensor, v: Tensor, options: BlockSparseAttentionOptions): void {
  callOf(door, q, k, v, options);
}

/** The arguments as a call, checked. */
export function callOf(
  door: string,
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { layout, scale, score = [], selected }: BlockSparseAttentionOptions,
): AttentionCall {
  if (layout === undefined) {
    throw new ConfigError({
      door,
      problem: 'there is no layout.',
      expected: 'options.layout, a BlockLayout',
      got: 'undefined',
      remedy: 'make one with createLayout(mask, { queryLength, keyLength }) of @longspan/attention-sparse.',
    });
  }
  const call = { query, key, value, layout, selected, terms: score, scale: scale ?? 1 / Math.sqrt(query.shape?.[3] ?? 1) };
  checkCall(door, call);
  return call;
}
