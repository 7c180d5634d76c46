import { expectClose, leaked, withBackend } from '@longspan/tooling/expect';
import { einsum, fill, grads, mul, sum, Tensor, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Registration, register } from '../src/index.ts';
import { draw } from './draw.ts';

const extents: Readonly<Record<string, number>> = { a: 2, b: 3, c: 4, d: 5, e: 1 };

const equations = [
  'ab,bc->ac',
  'ab,cb->ac',
  'ba,bc->ca',
  'abc,acd->abd',
  'abc,dbc->ad',
  'ab,ab->ab',
  'ab,ab->',
  'a,b->ba',
  'abc->cb',
  'abc->a',
  'ab,bc,cd->da',
  'abc,bd,a->cd',
  'ab,cd->c',
  'abe,ecd->dba',
  'a,->a',
  'aab->b',
  'aa->a',
  'aa->',
  'abab->ab',
  'aaa,ab->ab',
  'aba,ca->bc',
];

/** As they may be written for short, and with every axis and the output named. */
const shortened: readonly (readonly [short: string, whole: string])[] = [
  ['ab,bc', 'ab,bc->ac'],
  ['ba', 'ba->ab'],
  ['aab', 'aab->b'],
  ['ab,ab', 'ab,ab->'],
  ['...b,bc->...c', 'adb,bc->adc'],
  ['...b, b c -> ...c', 'b,bc->c'],
  ['b...,...c', 'ba,ac->abc'],
  ['...a,...ab->...b', 'da,cdab->cdb'],
  ['...ab->...ba', 'cdab->cdba'],
  ['...,...', 'a,ba->ba'],
  ['a...->a', 'abc->a'],
  ['a...a->...', 'abca->bc'],
];

const shapeOf = (labels: string): number[] => [...labels].map((label) => extents[label] as number);
const sizeOf = (labels: string): number => shapeOf(labels).reduce((size, extent) => size * extent, 1);

/** Where an assignment of numbers to labels stands in a tensor. */
const place = (labels: string, at: Readonly<Record<string, number>>): number =>
  [...labels].reduce((index, label) => index * (extents[label] as number) + (at[label] as number), 0);

/** The definition in plain loops: the output, and each input's gradient under a cotangent. */
function byDefinition(equation: string, inputs: readonly ArrayLike<number>[], cotangent: ArrayLike<number>) {
  const [left = '', output = ''] = equation.split('->');
  const parts = left.split(',');
  const all = [...new Set(parts.join(''))];
  const out = new Array<number>(sizeOf(output)).fill(0);
  const gradients = parts.map((labels) => new Array<number>(sizeOf(labels)).fill(0));
  for (let index = 0; index < sizeOf(all.join('')); index++) {
    const at: Record<string, number> = {};
    let rest = index;
    for (const label of all) {
      at[label] = rest % (extents[label] as number);
      rest = Math.floor(rest / (extents[label] as number));
    }
    const values = parts.map((labels, input) => inputs[input]?.[place(labels, at)] as number);
    const cell = place(output, at);
    out[cell] = (out[cell] as number) + values.reduce((product, value) => product * value, 1);
    parts.forEach((labels, input) => {
      const others = values.reduce((product, value, other) => (other === input ? product : product * value), 1);
      const gradient = gradients[input] as number[];
      const target = place(labels, at);
      gradient[target] = (gradient[target] as number) + others * (cotangent[cell] as number);
    });
  }
  return { out, gradients };
}

describe('einsum on wasm', () => {
  let registration: Registration;
  beforeAll(async () => {
    await withBackend('wasm');
    registration = await register({ threads: 1 });
  });
  afterAll(() => registration.unregister());

  const written = [...equations.map((equation) => [equation, equation] as const), ...shortened];

  it.each(written)('%s is the sum of products of its definition, %s, with its gradients', async (equation, whole) => {
    const [left = '', output = ''] = whole.split('->');
    const inputs = left.split(',').map((labels, at) => draw(`input ${at}`, shapeOf(labels)));
    const cotangent = draw('cotangent', shapeOf(output));
    const numbers = await Promise.all(inputs.map((input) => input.data()));
    const expected = byDefinition(whole, numbers, await cotangent.data());
    const out = einsum(equation, ...inputs);
    expect(out.shape).toEqual(shapeOf(output));
    expectClose(await out.data(), expected.out, { atol: 1e-5, rtol: 1e-5 });
    const found = grads((...given: Tensor[]) => sum(mul(einsum(equation, ...given), cotangent)))(inputs);
    for (const [at, gradient] of expected.gradients.entries()) {
      expect(found[at]?.shape).toEqual(inputs[at]?.shape);
      expectClose((await found[at]?.data()) ?? [], gradient, { atol: 1e-5, rtol: 1e-5 }, `gradient ${at}`);
    }
  });

  it('needs no chained operation, which tfjs-core alone does not have', async () => {
    const prototype = Tensor.prototype as object as Record<string, unknown>;
    const own = Object.getOwnPropertyDescriptors(prototype);
    // What tfjs-core's own class has; all else is put there by @tensorflow/tfjs.
    const ofCore = 'constructor rank size rankType isDisposed buffer bufferSync array arraySync data toGPU dataSync bytes dispose';
    const kept = new Set(`${ofCore} throwIfDisposed print clone toString cast variable`.split(' '));
    const chained = Object.keys(own).filter((name) => !kept.has(name));
    expect(chained).toContain('asType');
    for (const name of chained) delete prototype[name];
    try {
      const x = fill([2, 2], 3);
      expect([...((await grads((y: Tensor) => einsum('ii->', y))([x])[0]?.data()) ?? [])]).toEqual([1, 0, 0, 1]);
      const y = fill([2, 3, 2], 1);
      expect([...((await grads((z: Tensor) => sum(einsum('iji->j', z)))([y])[0]?.data()) ?? [])]).toEqual([
        1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1,
      ]);
    } finally {
      Object.defineProperties(prototype, Object.fromEntries(chained.map((name) => [name, own[name] as PropertyDescriptor])));
    }
  });

  it('sums no terms to 0, whatever stands in the factors without that axis', async () => {
    const [x, none] = [tensor([1, Number.NEGATIVE_INFINITY]), fill([4, 0], 1)];
    expect([...(await einsum('a,cd->c', x, none).data())]).toEqual([0, 0, 0, 0]);
    const [ofX, ofNone] = grads((x: Tensor, none: Tensor) => sum(einsum('a,cd->c', x, none)))([x, none]) as [Tensor, Tensor];
    expect([[...(await ofX.data())], ofNone.shape]).toEqual([
      [0, 0],
      [4, 0],
    ]);
  });

  it('repeats axes of 1, and sums their gradients', async () => {
    const [x, y, cotangent] = [draw('x', [1, 3, 1]), draw('y', [4, 1, 3, 2]), draw('cotangent', [4, 2, 3])];
    const run = (a: Tensor, b: Tensor): Tensor => einsum('...bc,...bc->...cb', a, b);
    expectClose(await run(x, y).data(), await transpose(mul(x, y).squeeze([1]), [0, 2, 1]).data(), { atol: 1e-6, rtol: 1e-6 });
    const found = grads((a: Tensor, b: Tensor) => sum(mul(run(a, b).reshape([4, 2, 3]), cotangent)))([x, y]);
    const expected = grads((a: Tensor, b: Tensor) => sum(mul(mul(a, b).squeeze([1]), transpose(cotangent, [0, 2, 1]))))([x, y]);
    for (const [at, gradient] of expected.entries()) {
      expect(found[at]?.shape).toEqual(gradient.shape);
      expectClose((await found[at]?.data()) ?? [], await gradient.data(), { atol: 1e-6, rtol: 1e-6 });
    }
  });

  it('sums over an axis without entries to zeros', async () => {
    for (let at = 0; at < 50; at++) fill([64], 7.5).dispose(); // what lies in the heap
    expect([...(await einsum('ab->a', tensor([], [3, 0])).data())]).toEqual([0, 0, 0]);
    expect([...(await einsum('acde->ec', tensor([], [3, 1, 0, 4])).data())]).toEqual([0, 0, 0, 0]);
    expect([...(await einsum('ab,bc->ac', tensor([], [2, 0]), tensor([], [0, 2])).data())]).toEqual([0, 0, 0, 0]);
  });

  it('leaves its inputs as they are and nothing behind, forward and backward', async () => {
    const [x, y] = [draw('x', [3, 4]), draw('y', [4, 5])];
    const run = (a: Tensor, b: Tensor): Tensor => sum(einsum('ab,bc->ca', a, b));
    expect(await leaked(() => einsum('ab,bc->ca', x, y))).toEqual({ tensors: 0, buffers: 0 });
    expect(await leaked(() => grads(run)([x, y]))).toEqual({ tensors: 0, buffers: 0 });
    const square = draw('square', [2, 4, 4]);
    expect(await leaked(() => grads((a: Tensor) => sum(einsum('...aa->...a', a)))([square]))).toEqual({ tensors: 0, buffers: 0 });
    const before = [...(await x.data())];
    const same = einsum('ab->ab', x);
    expect([...(await same.data())]).toEqual(before);
    same.dispose();
    expect([...(await x.data())]).toEqual(before);
  });

  it('says what it does not take', () => {
    const whole = tensor([1, 2], [2], 'int32');
    expect(() => tidy(() => einsum('a,a->', whole, whole))).toThrow('einsum: all tensors must be float32.');
    const [x, y] = [draw('x', [2, 3]), draw('y', [4, 5])];
    for (const equation of ['ab,bc->ac', 'a,bc->ac', 'ab->a', 'aa,bc->ab', '...abc,bc->a', 'ab,cd,...->a']) {
      expect(() => tidy(() => einsum(equation, x, y))).toThrow('einsum: the tensors must fit the equation.');
    }
    for (const equation of ['a1,cd', 'ab,cd->abe', 'ab,cd->aa', '..a,cd->a', '......a,cd', 'ab,cd->a->c', 'ab,cd->...a']) {
      expect(() => tidy(() => einsum(equation, x, y))).toThrow("einsum: the equation must name axes by letters, as in 'bij,bjk->bik'.");
    }
  });

  it('is gone after unregister, and back after register', async () => {
    registration.unregister();
    expect(() => tidy(() => einsum('a->', draw('x', [2])))).toThrow("Kernel 'Einsum' not registered");
    registration = await register({ threads: 1 });
    expect([...(await einsum('a->', tensor([1, 2])).data())]).toEqual([3]);
  });
});
