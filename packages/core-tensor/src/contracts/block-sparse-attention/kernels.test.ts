import { expectClose, onBackends } from '@longspan/tooling/expect';
import { fill, getBackend, grads, reshape, sum, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';

import { choose, NoKernelError } from '../choose.ts';
import type { AttentionKernel } from './call.ts';
import { blockSparseAttention, explainBlockSparseAttention } from './contract.ts';
import { addAttentionKernel, attentionKernels } from './kernels.ts';

const lists = { offsets: new Int32Array([0, 1]), entries: new Int32Array([0]), tiles: new Int32Array([-1]) };
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

/** Takes head sizes that are multiples of 4, and answers by constants, so that one sees who ran. */
const constant: AttentionKernel = {
  name: 'constant',
  refuses: ({ query }) => ((query.shape[3] as number) % 4 === 0 ? null : `headDim ${query.shape[3]} is not a multiple of 4`),
  tolerance: { atol: 0, rtol: 0, reason: 'a stand-in' },
  forward: ({ query }) => ({ out: fill(query.shape, 7), logSumExp: zeros(query.shape.slice(0, 3)) }),
  backward: ({ query, key, value }) => [fill(query.shape, 1), fill(key.shape, 2), fill(value.shape, 3)],
};

onBackends('kernels of a backend', () => {
  let remove = (): void => {};
  afterEach(() => {
    remove();
    vi.restoreAllMocks();
  });
  const ofSize = (d: number): Tensor => zeros([1, 1, 2, d]);

  it('an added kernel runs both passes where it does not refuse', async () => {
    remove = addAttentionKernel(getBackend(), constant);
    const x = ofSize(4);
    expect(explainBlockSparseAttention(x, x, x, { layout })).toEqual({ kernel: 'constant', reason: 'constant' });
    expectClose(await blockSparseAttention(x, x, x, { layout }).out.data(), Array<number>(8).fill(7), { atol: 0, rtol: 0 });
    const [dq, dk, dv] = grads((q: Tensor, k: Tensor, v: Tensor) => reshape(sum(blockSparseAttention(q, k, v, { layout }).out), []))([
      x,
      ofSize(4),
      ofSize(4),
    ]);
    expect([(await dq?.data())?.[0], (await dk?.data())?.[0], (await dv?.data())?.[0]]).toEqual([1, 2, 3]);
  });

  it('where it refuses the reference runs, explain says why, and a warning says so once', async () => {
    remove = addAttentionKernel(getBackend(), { ...constant, refuses: () => `this is ${getBackend()}` });
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const x = ofSize(3);
    const reason = `reference; not constant: this is ${getBackend()}`;
    expect(explainBlockSparseAttention(x, x, x, { layout })).toEqual({ kernel: 'reference', reason });
    for (let round = 0; round < 2; round++) expect((await blockSparseAttention(x, x, x, { layout }).out.data())[0]).toBe(0);
    expect(warn.mock.calls).toEqual([[`blockSparseAttention runs on a slower kernel: ${reason}.`]]);
  });

  it('an error inside refuses is not taken for a refusal', () => {
    remove = addAttentionKernel(getBackend(), {
      ...constant,
      refuses: () => {
        throw new RangeError('defect');
      },
    });
    const x = ofSize(4);
    expect(() => blockSparseAttention(x, x, x, { layout })).toThrow(new RangeError('defect'));
  });

  it('adding a kernel of the same name replaces it, other backends are not touched, and taking it out leaves the reference', () => {
    remove = addAttentionKernel('elsewhere', constant);
    const second = addAttentionKernel('elsewhere', { ...constant });
    expect(attentionKernels('elsewhere').map(({ name }) => name)).toEqual(['constant', 'reference']);
    expect(attentionKernels(getBackend()).map(({ name }) => name)).toEqual(['reference']);
    second();
    expect(attentionKernels('elsewhere').map(({ name }) => name)).toEqual(['reference']);
  });

  it('a list in which every kernel refuses names every refusal', () => {
    const shy = { name: 'shy', refuses: () => 'it is shy' };
    expect(() => choose('example', [shy, { ...shy, name: 'shier' }], {})).toThrow(NoKernelError);
    expect(() => choose('example', [shy], {})).toThrow(
      'example: no kernel takes this call.\n  expected  a call that one of shy takes\n  got       not shy: it is shy\n  remedy    change what the sentences name.',
    );
  });
});
