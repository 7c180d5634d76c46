import { withBackend } from '@longspan/tooling/expect';
import { getKernel, type KernelFunc, registerKernel, square, tensor1d, unregisterKernel, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { replaceKernel } from './replace-kernel.ts';

beforeAll(() => withBackend('cpu'));

const called: string[] = [];
const noted =
  (name: string) =>
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    called.push(name);
    return stock(call);
  };
/** The square of 3, and who computed it. */
async function squared(): Promise<readonly [number, ...string[]]> {
  called.length = 0;
  return [(await square(tensor1d([3])).data())[0] as number, ...called];
}
const standing = (): KernelFunc | undefined => getKernel('Square', 'cpu')?.kernelFunc;

it('those of several copies stand in front of each other, and leave in any order, twice too', async () => {
  const stock = standing();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => replaceKernel('cpu', 'Square', noted(name))) as [() => void, () => void, () => void];
  expect(await squared()).toEqual([9, 'c', 'b', 'a']);
  a();
  a();
  expect(await squared()).toEqual([9, 'c', 'b']);
  c();
  expect(await squared()).toEqual([9, 'b']);
  b();
  expect(await squared()).toEqual([9]);
  expect(standing()).toBe(stock);
});

it('a kernel that someone else has put in front stays there', async () => {
  const stock = getKernel('Square', 'cpu');
  const remove = replaceKernel('cpu', 'Square', noted('ours'));
  const before = standing() as KernelFunc;
  unregisterKernel('Square', 'cpu');
  const foreign = noted('foreign')(before);
  registerKernel({ kernelName: 'Square', backendName: 'cpu', kernelFunc: foreign });
  remove();
  expect(standing()).toBe(foreign);
  expect(await squared()).toEqual([9, 'foreign']);
  unregisterKernel('Square', 'cpu');
  if (stock !== undefined) registerKernel(stock);
});

it('one that tfjs has not is there while ours is', () => {
  const remove = replaceKernel('cpu', 'Unheard', () => () => zeros([1]));
  expect(getKernel('Unheard', 'cpu')).toBeDefined();
  remove();
  expect(getKernel('Unheard', 'cpu')).toBeUndefined();
});
