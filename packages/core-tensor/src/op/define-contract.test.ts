import { expectClose, leaked, onBackends } from '@longspan/tooling/expect';
import {
  add,
  fill,
  getBackend,
  grad,
  grads,
  mul,
  profile,
  reshape,
  sum,
  type Tensor,
  tensor1d,
  valueAndGrad,
  zeros,
} from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AttentionKernel } from '../contracts/block-sparse-attention/call.ts';
import { blockSparseAttention, explainBlockSparseAttention } from '../contracts/block-sparse-attention/contract.ts';
import { attentionKernel, blockSparseAttentionContract } from '../contracts/block-sparse-attention/kernels.ts';
import { choose, NoKernelError } from './choose.ts';
import { type Contract, defineContract } from './define-contract.ts';

/** x² · by, whose gradient reads x. */
const square: Contract<readonly [Tensor], readonly [Tensor], { readonly by: number }> = defineContract({
  name: 'TestContract',
  outputs: 1,
  reference: {
    forward: ([x], { by }) => [mul(mul(x, x), by)],
    gradient: ({ inputs: [x] }, [dy], { by }) => [mul(dy, mul(x, 2 * by))],
  },
});

/** The same for vectors, whose gradient reads no input but a tensor of its own: 2x · by. All results are off by `sign`. */
const addSigned = (sign: number): (() => void) =>
  square.addKernel(getBackend(), {
    name: `signed ${sign}`,
    unsupported: ([x]) => (x.rank === 1 ? null : `x has ${x.rank} axes on ${getBackend()}`),
    forward: ([x], { by }): readonly [Tensor, Tensor] => [mul(mul(x, x), sign * by), mul(x, 2 * by)],
    save: { inputs: [], outputs: [1] },
    gradient: ({ outputs: [slope] }, [dy]) => [mul(dy, mul(slope, sign))],
  });

const removers: (() => void)[] = [];
afterEach(() => {
  for (const remove of removers.splice(0)) remove();
  vi.restoreAllMocks();
});

onBackends('a contract', (backend, kernels) => {
  const x = () => tensor1d([1, -2, 3]);
  const read = async (y: Tensor) => [...(await y.data())];

  it('runs its reference where no kernel was added', async () => {
    expect(square.explain([x()], { by: 2 })).toEqual({
      kernel: 'reference',
      reason: 'reference; no backend package is registered: call register() of @longspan/wasm-backend',
    });
    expect(await read(square.run([x()], { by: 2 })[0])).toEqual([2, 8, 18]);
  });

  it('gives as many outputs as the call says, and disposes what a kernel makes besides', async () => {
    const doubled: Contract<readonly Tensor[], readonly Tensor[], object> = defineContract({
      name: `TestList ${backend} ${kernels}`,
      outputs: (inputs: readonly Tensor[]) => inputs.length,
      reference: {
        forward: (inputs: readonly Tensor[]): readonly Tensor[] => [...inputs.map((each) => mul(each, 2)), zeros([1])],
        gradient: (_, dys) => dys.slice(0, -1).map((dy) => mul(dy, 2)),
      },
    });
    const given = [x(), tensor1d([5]), tensor1d([7])];
    expect(await Promise.all(doubled.run(given, {}).map(read))).toEqual([[2, -4, 6], [10], [14]]);
    expect(doubled.run([x()], {}).length).toBe(1);
    expect(doubled.run([], {})).toEqual([]);
    expect(await leaked(() => [...doubled.run(given, {})])).toEqual({ tensors: 0, buffers: 0 });
    const loss = (...all: Tensor[]) => sum(mul(doubled.run(all, {})[1] as Tensor, 3));
    expect(await Promise.all(grads(loss)(given).map(read))).toEqual([[0, 0, 0], [6], [0]]);
  });

  it('says once, and in explain, that its kernels went to another copy of the package', async () => {
    vi.resetModules(); // whatever is imported now is another copy, with nothing in common but tfjs and the globals
    const other = await import('./define-contract.ts');
    expect(other.defineContract).not.toBe(defineContract);
    const definition = {
      name: `TestTwoCopies ${backend} ${kernels}`,
      outputs: 1 as const,
      reference: { forward: ([a]: readonly [Tensor], _: object): [Tensor] => [mul(a, 2)] },
    };
    const [ours, theirs] = [defineContract(definition), other.defineContract(definition)];
    const remove = theirs.addKernel(getBackend(), { name: 'fast', forward: ([a]): [Tensor] => [mul(a as Tensor, 2)] });
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(theirs.explain([x()], {}).reason).toBe('fast');
    expect(ours.explain([x()], {}).reason).toContain('reference; its faster kernels were given to another copy of @longspan/core-tensor');
    expect(await read(ours.run([x()], {})[0] as Tensor)).toEqual([2, -4, 6]);
    ours.run([x()], {});
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toContain('another copy');
    remove();
    expect(ours.explain([x()], {}).reason).toContain('no backend package is registered');
  });

  it('runs an added kernel, both passes, with what the kernel itself saved, and tfjs names it in a profile', async () => {
    removers.push(addSigned(-1));
    expect(square.explain([x()], { by: 1 })).toEqual({ kernel: 'signed -1', reason: 'signed -1' });
    expect(square.hasKernel([x()], { by: 1 })).toBe(true);
    const { value, grad: dx } = valueAndGrad((a: Tensor) => square.run([a], { by: 1 })[0])(x(), tensor1d([1, 10, 100]));
    expect([await read(value), await read(dx)]).toEqual([
      [-1, -4, -9],
      [-2, 40, -600],
    ]);
    const { kernelNames } = await profile(() => square.run([x()], { by: 1 })[0]);
    expect(kernelNames.some((name) => name.startsWith('TestContract/signed -1'))).toBe(true);
  });

  it('runs the backward pass on the kernel of the forward pass, though it was taken out and another put in between', async () => {
    const remove = addSigned(-1);
    const between = (a: Tensor): Tensor => {
      const [y] = square.run([a], { by: 1 });
      remove();
      removers.push(addSigned(-5));
      return y;
    };
    expect(await read(grad(between)(x(), tensor1d([1, 10, 100])))).toEqual([-2, 40, -600]);
    expect(await read(square.run([x()], { by: 1 })[0])).toEqual([-5, -20, -45]);
  });

  it('gives each of two kernels of one name its own turn: the newer replaces the older', async () => {
    removers.push(addSigned(-1));
    const [older] = square.kernels(backend);
    removers.push(addSigned(-1));
    const names = square.kernels(backend).map(({ name }) => name);
    expect(names).toEqual(['signed -1', 'reference']);
    expect(square.kernels(backend)[0]).not.toBe(older);
    expect(square.kernels('elsewhere').map(({ name }) => name)).toEqual(['reference']);
  });

  it('where a call is unsupported by a kernel the next one runs, explain says why, and a warning says so once', async () => {
    removers.push(addSigned(-1));
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    // Told once in a process: wasm comes twice here, so its two calls must differ.
    const shape = kernels === 'ours' ? [1, 1, 3] : [1, 3];
    const matrix = reshape(x(), shape);
    const reason = `reference; not signed -1: x has ${shape.length} axes on ${backend}`;
    expect(square.explain([matrix], { by: 1 })).toEqual({ kernel: 'reference', reason });
    expect(square.hasKernel([matrix], { by: 1 })).toBe(false);
    for (let round = 0; round < 2; round++) expect(await read(square.run([matrix], { by: 1 })[0])).toEqual([1, 4, 9]);
    expect(warn.mock.calls).toEqual([[`TestContract runs on a slower kernel: ${reason}.`]]);
  });

  it('explain says how the kernel would run the call, which is no reason for a warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const forward = ([a]: readonly [Tensor]): readonly [Tensor] => [mul(a, a)];
    removers.push(square.addKernel(backend, { name: 'shared', note: ([a], { by }) => `on ${a.size * by} threads`, forward }));
    expect(square.explain([x()], { by: 2 })).toEqual({ kernel: 'shared', reason: 'shared; on 6 threads' });
    expect(await read(square.run([x()], { by: 1 })[0])).toEqual([1, 4, 9]);
    expect(warn).not.toHaveBeenCalled();
  });

  it('an error inside unsupported() is not taken for a reason', () => {
    const failing = (): never => {
      throw new RangeError('defect');
    };
    removers.push(square.addKernel(backend, { name: 'defect', unsupported: failing, forward: ([a]) => [add(a, a)] }));
    expect(() => square.run([x()], { by: 1 })).toThrow(new RangeError('defect'));
  });

  it('leaves nothing behind, whatever a kernel saves for itself', async () => {
    removers.push(addSigned(-1));
    const [a, dy] = [x(), x()];
    expect(await leaked(() => square.run([a], { by: 1 })[0])).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => grad((b: Tensor) => square.run([b], { by: 1 })[0])(a, dy))).toEqual({ tensors: 0, buffers: 0 });
  });
});

describe('choose', () => {
  it('a list in which no kernel supports the call names every reason', () => {
    const shy = { name: 'shy', unsupported: () => 'it is shy' };
    expect(() => choose('example', [shy, { ...shy, name: 'shier' }], {})).toThrow(NoKernelError);
    expect(() => choose('example', [shy], {})).toThrow(
      'example: at least one kernel must support the call.\n  expected  a call that one of shy takes\n  got       not shy: it is shy\n  remedy    change the inputs that the reasons name, or register another kernel.',
    );
  });
});

const lists = { indptr: new Int32Array([0, 1]), indices: new Int32Array([0]), tileIndices: new Int32Array([-1]) };
const layout = {
  blockSize: 2,
  queryLength: 2,
  keyLength: 2,
  queryOffset: 0,
  batch: 1,
  heads: 1,
  bitmaps: new Uint32Array(0),
  ...lists,
  transposed: lists,
};

/** Takes head sizes that are multiples of 4, and answers by constants, so that it shows which one ran. */
const constant: AttentionKernel = {
  name: 'constant',
  unsupported: ({ q }) => ((q.shape[3] as number) % 4 === 0 ? null : `headDim ${q.shape[3]} is not a multiple of 4`),
  tolerance: { atol: 0, rtol: 0, reason: 'a stand-in' },
  forward: ({ q }) => ({ out: fill(q.shape, 7), logSumExp: zeros(q.shape.slice(0, 3)) }),
  backward: ({ q, k, v }) => [fill(q.shape, 1), fill(k.shape, 2), fill(v.shape, 3)],
};

onBackends('attention kernels', (_, kernels) => {
  const ofSize = (d: number): Tensor => zeros([1, 1, 2, d]);

  it('an added attention kernel runs both passes of the calls that it supports', async () => {
    removers.push(blockSparseAttentionContract.addKernel(getBackend(), attentionKernel(constant)));
    const x = ofSize(4);
    expect(explainBlockSparseAttention(x, x, x, { layout })).toEqual({ kernel: 'constant', reason: 'constant' });
    expect(explainBlockSparseAttention(ofSize(3), ofSize(3), x, { layout })).toEqual({
      kernel: kernels === 'ours' ? 'wasm-simd' : 'reference',
      reason:
        kernels === 'ours'
          ? 'wasm-simd; not constant: headDim 3 is not a multiple of 4; on 1 thread, in place'
          : 'reference; not constant: headDim 3 is not a multiple of 4',
    });
    expectClose(await blockSparseAttention(x, x, x, { layout }).out.data(), Array<number>(8).fill(7), { atol: 0, rtol: 0 });
    const [dq, dk, dv] = grads((q: Tensor, k: Tensor, v: Tensor) => reshape(sum(blockSparseAttention(q, k, v, { layout }).out), []))([
      x,
      ofSize(4),
      ofSize(4),
    ]);
    expect([(await dq?.data())?.[0], (await dk?.data())?.[0], (await dv?.data())?.[0]]).toEqual([1, 2, 3]);
  });
});
