import { causal, type SparseAttentionOptions, sparseAttention } from '@longspan/attention-sparse';
import { createKey, distanceBias, normal } from '@longspan/core-tensor';
import { effort, leaked } from '@longspan/tooling/expect';
import { add, grads, memory, mul, profile, sum, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registered } from './registered.ts';
import { counted, webgpu } from './tfjs-parts.ts';

let leave = (): void => {};
beforeAll(async () => {
  leave = (await registered()).unregister;
});
afterAll(() => leave());

const drawn = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);

/** A training step's attention: forward, and the gradients of everything that is learned. */
function step(inputs: readonly Tensor[]): Tensor[] {
  const loss = (q: Tensor, k: Tensor, v: Tensor, table: Tensor): Tensor => {
    const options: SparseAttentionOptions = { mask: causal(), blockSize: 16, score: [distanceBias(table, { center: 20 })] };
    const { out, logSumExp } = sparseAttention(q, k, v, options);
    return add(sum(mul(out, out)), sum(logSumExp));
  };
  return grads(loss as (...all: Tensor[]) => Tensor)([...inputs]);
}

const inputs = (): Tensor[] => [drawn('q', [1, 2, 40, 8]), drawn('k', [1, 2, 40, 8]), drawn('v', [1, 2, 40, 8]), drawn('table', [2, 30])];

const steps = effort(50, 1000);

describe('memory and the queue', () => {
  it('a forward and a backward pass read nothing back and submit nothing but full batches of tfjs', async () => {
    const given = inputs();
    for (const each of given) await mul(each, 1).data();
    await Promise.all(step(given).map((each) => each.data()));
    const pending = mul(given[0] as Tensor, 2); // not submitted when our kernel reads it
    const { reads, submits } = counted(() => tidy(() => void sparseAttention(pending, given[1] as Tensor, given[2] as Tensor)));
    expect({ reads, submits }).toEqual({ reads: 0, submits: 0 });
    const whole = counted(() => tidy(() => void step(given)));
    expect(whole.reads).toBe(0);
    expect(whole.submits).toBeLessThanOrEqual(4); // one for each 15 programs
  });

  it('reads tensors that tfjs has encoded and not submitted, and tfjs reads its results before any submit', async () => {
    const x = tensor([1, 2, 3, 4], [1, 1, 4, 1]);
    const got = tidy(() => {
      const { out } = sparseAttention(mul(x, 0), mul(x, 0), mul(x, 2), { mask: causal() });
      return mul(out, 10);
    });
    expect([...(await got.data())].map(Math.round)).toEqual([20, 30, 40, 50]);
  });

  it(`${steps} training steps leave tensors, buffers and bytes on the device as they were`, { timeout: 1_200_000 }, async () => {
    const given = inputs();
    const run = () => tidy(() => void step(given));
    const state = () => {
      const { numTensors, numDataBuffers } = memory();
      const { numBytesAllocated } = webgpu().bufferManager;
      const { bufferManager } = webgpu();
      return {
        numTensors,
        numDataBuffers,
        numBytesAllocated,
        used: bufferManager.getNumUsedBuffers(),
        free: bufferManager.getNumFreeBuffers(),
      };
    };
    // Submits come every 15 programs: buffers are compared where none waits for one.
    const settled = async () => {
      const probe = mul(given[3] as Tensor, 1);
      await probe.data();
      probe.dispose();
      return state();
    };
    for (let at = 0; at < 10; at++) {
      run();
      await settled();
    }
    const before = await settled();
    for (let at = 0; at < steps; at++) {
      run();
      await settled();
    }
    expect(await settled()).toEqual(before);
  });

  it('leaves no tensors behind, forward and backward', async () => {
    const given = inputs();
    const [q, k, v] = given as [Tensor, Tensor, Tensor];
    expect(await leaked(() => ({ ...sparseAttention(q, k, v, { mask: causal() }) }))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => step(given))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('tf.profile and tf.time see the kernel', async () => {
    const [q, k, v] = inputs() as [Tensor, Tensor, Tensor];
    const { kernels } = await profile(() => tidy(() => sparseAttention(q, k, v).out));
    expect(kernels.map(({ name }) => name)).toContainEqual(expect.stringContaining('BlockSparseAttention/webgpu-tiles'));
  });

  it('the same call gives the same bits, gradients included', async () => {
    const given = inputs();
    const bits = async () => Promise.all(step(given).map(async (each) => [...new Uint32Array((await each.data()).slice().buffer)]));
    expect(await bits()).toEqual(await bits());
  });

  it('reads a cast of integers, whose buffer tfjs leaves as integers, as floats', async () => {
    leave(); // without the repair of casts
    const stock = mul(tensor([1, 2, 3, 4], [1, 1, 4, 1], 'int32'), tensor(1, [], 'int32')).toFloat() as Tensor;
    leave = (await registered()).unregister;
    expect(webgpu().tensorMap.get(stock.dataId).dtype).toBe('int32');
    const zeros = mul(stock, 0);
    const { out } = sparseAttention(zeros, zeros, stock, { mask: causal() });
    expect([...(await out.data())].map((each) => Math.round(10 * each))).toEqual([10, 15, 20, 25]);
  });
});
