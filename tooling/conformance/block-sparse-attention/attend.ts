import type { SparseAttentionOptions, sparseAttention } from '@longspan/attention-sparse';
import { type AttentionResult, createKey, normal } from '@longspan/core-tensor';
import { tensorsOf, withTensors } from '@longspan/core-tensor/kernel';
import { add, dispose, grads, greater, mul, reshape, sum, type Tensor, tensor, tidy, where, zerosLike } from '@tensorflow/tfjs-core';
import { poison } from '../../expect/poison.ts';
import type { Guards } from '../contract/guards.ts';
import type { ConformanceCall, Plant } from './call.ts';

/** sparseAttention, or its dense definition. */
export type Attention = typeof sparseAttention;

/** What a call gave, by name. */
export type Numbers = ReadonlyMap<string, ArrayLike<number>>;

export interface Drawn {
  readonly inputs: readonly [Tensor, Tensor, Tensor];
  readonly cotangents: AttentionResult;
}

function draw(name: string, shape: readonly number[], plant?: Plant): Tensor {
  const ordinary = normal(createKey(name), shape);
  if (plant === undefined) return ordinary;
  const values = Float32Array.from(ordinary.dataSync());
  ordinary.dispose();
  plant(values, shape);
  return tensor(values, [...shape]);
}

type Around = Guards['around'];

/** Random inputs and random cotangents; the same on every backend. */
export const drawn = (
  { sizes: { b, h, hkv, nq, nk, d, dv }, plants = {} }: Pick<ConformanceCall, 'sizes' | 'plants'>,
  around: Around = (make) => make(),
): Drawn => ({
  inputs: [
    around(() => draw('q', [b, h, nq, d], plants.q)),
    around(() => draw('k', [b, hkv, nk, d], plants.k)),
    around(() => draw('v', [b, hkv, nk, dv], plants.v)),
  ],
  cotangents: { out: draw('out', [b, h, nq, dv], plants.out), logSumExp: draw('lse', [b, h, nq]) },
});

/** The gradients of q, k, v and the learned tensors. */
export function gradientsOf(
  attention: Attention,
  options: (learned: readonly Tensor[]) => SparseAttentionOptions,
  { inputs, cotangents }: Drawn,
  learned: readonly Tensor[],
): Tensor[] {
  return tidy(() => {
    // Rows without keys are left out: their log-sum-exp is no number to multiply.
    const seeing = greater(attention(...inputs, options(learned)).logSumExp, -3e38);
    const weighted = (q: Tensor, k: Tensor, v: Tensor, ...own: Tensor[]): Tensor => {
      const { out, logSumExp } = attention(q, k, v, options(own));
      const known = where(seeing, logSumExp, zerosLike(logSumExp));
      return reshape(add(sum(mul(out, cotangents.out)), sum(mul(known, cotangents.logSumExp))), []);
    };
    return grads(weighted as (...tensors: Tensor[]) => Tensor)([...inputs, ...learned]);
  });
}

/** Runs a call, forward and backward, on the current backend; the tensors are the caller's. `beside`: what lies next to its operands. */
export function resultsOf(
  attention: Attention,
  call: ConformanceCall,
  beside: Pick<Guards, 'around' | 'poison'> = { around: (make) => make(), poison },
): Readonly<Record<string, Tensor>> {
  return tidy(() => {
    const given = drawn(call, beside.around);
    const made = call.options();
    const learned = made.learned.map((each) => copied(each, beside.around));
    const rebuild = (own: readonly Tensor[]): SparseAttentionOptions => guarded(made.rebuild(own), own, beside.around);
    const differentiated = [...given.inputs, ...learned];
    beside.poison([given.cotangents.out.shape, given.cotangents.logSumExp.shape, ...differentiated.map(({ shape }) => shape)]);
    const { out, logSumExp } = attention(...given.inputs, rebuild(learned));
    const gradients = gradientsOf(attention, rebuild, given, learned);
    const names = ['q', 'k', 'v', ...learned.map((_, at) => `learned tensor ${at}`)];
    return { out, logSumExp, ...Object.fromEntries(names.map((name, at) => [`gradient of ${name}`, gradients[at] as Tensor])) };
  });
}

const copied = (each: Tensor, around: Around): Tensor => around(() => tensor(each.dataSync(), each.shape, each.dtype));

/** Options whose tensors, but for those that are differentiated, lie between guards too. */
function guarded({ score, selected, ...others }: SparseAttentionOptions, own: readonly Tensor[], around: Around): SparseAttentionOptions {
  const placed = (each: Tensor): Tensor => (own.includes(each) ? each : copied(each, around));
  return {
    ...others,
    ...(score && { score: score.map((term) => withTensors(term, tensorsOf(term).map(placed))) }),
    ...(selected && { selected: placed(selected) }),
  };
}

/** The same as numbers. */
export async function numbersOf(attention: Attention, call: ConformanceCall, beside?: Guards): Promise<Numbers> {
  const tensors = resultsOf(attention, call, beside);
  const numbers = new Map<string, ArrayLike<number>>();
  for (const [name, each] of Object.entries(tensors)) numbers.set(name, await each.data());
  dispose(tensors);
  return numbers;
}
