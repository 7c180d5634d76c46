import { leaked, onBackends } from '@longspan/tooling/expect';
import { grad, memory, mul, scalar, square, sum, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { defineOp } from '../op/define-op.ts';
import { differentiated, vjp, watchKernels } from './tfjs-engine.ts';

// Its own backward pass runs the function again.
const squaredAgain = defineOp({
  name: 'ExampleSquaredAgain',
  forward: ([x]: readonly [Tensor]) => [square(x)],
  gradient: ({ inputs: [x] }, [dy]) => vjp(() => [square(x)], [x], [dy]).gradients,
});

onBackends('the seam to the engine of tfjs', () => {
  it('vjp works inside the backward pass of something else, and leaves its tape alone', async () => {
    const x = tensor1d([1, 2, 3]);
    const run = (y: Tensor): Tensor => sum(mul(squaredAgain([mul(y, 2)], null)[0], y)); // 4 x³
    expect([...(await grad(run)(x).data())]).toEqual([12, 48, 108]);
    expect(await leaked(() => grad(run)(x))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('vjp and differentiated say null where no gradient flows', async () => {
    const [x, other] = [tensor1d([1, 2]), tensor1d([5])];
    const found = vjp(() => [sum(square(x))], [x, other], [scalar(1)]);
    expect(await Promise.all(found.gradients.map(async (each) => each && [...(await each.data())]))).toEqual([[2, 4], null]);
    expect(differentiated(() => sum(square(x)), [x, other]).gradients.map((each) => each === null)).toEqual([false, true]);
  });

  it('vjp puts the outer tape back after a throw, and frees what was saved', () => {
    const x = tensor1d([1, 2]);
    const fails = (): Tensor[] => {
      square(x);
      throw new Error('in the second run');
    };
    const before = memory().numTensors;
    expect(() => vjp(fails, [x], [x])).toThrow('in the second run');
    expect(memory().numTensors - before).toBeLessThanOrEqual(1); // the square, which is the caller's tidy's
    expect(vjp(() => [sum(square(x))], [x], [scalar(1)]).gradients).toHaveLength(1);
  });

  it('watchKernels names each kernel until it is stopped', () => {
    const names: string[] = [];
    const stop = watchKernels((name) => names.push(name));
    square(tensor1d([2]));
    stop();
    square(tensor1d([2]));
    expect(names).toEqual(['Square']);
  });
});
