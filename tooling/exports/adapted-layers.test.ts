import { createKey, type Layer, normal, type Parameters, packParameters } from '@longspan/core-tensor';
import { differentiated } from '@longspan/core-tensor/kernel';
import { expectClose, isTried, withBackend } from '@longspan/tooling/expect';
import { lora } from '@longspan/training';
import { Tensor as AnyTensor, add, mul, type Scalar, scalar, sum, type Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { publishedPackages } from '../published/packages.ts';
import type { Row } from './row.ts';
import { tables } from './table/index.ts';

await withBackend('cpu');

/** Every layer of the packages with a linear map, as its row makes and applies it. */
const layers: (readonly [name: string, layer: Layer, args: () => readonly unknown[]])[] = [];
for (const { name, entries } of publishedPackages) {
  for (const entry of Object.keys(entries)) {
    const address = name + entry.slice(1);
    const exported = (await import(address)) as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
    for (const [maker, row] of Object.entries(tables[address] ?? {})) {
      const { calls, methods } = row as Row;
      const apply = methods?.['apply'];
      if (apply === undefined || methods?.['init'] === undefined) continue;
      const layer = exported[maker]?.(...(calls[0]?.() ?? [])) as Layer;
      const args = () => apply.calls[0]?.(layer) as readonly unknown[];
      if (address.startsWith('@longspan/models/') && !isTried(maker)) continue; // the heads of a family are made of the same parts
      if (Object.values(layer.spec).some(({ packable }) => packable === true)) layers.push([maker, layer, args]);
    }
  }
}

/** What a layer gave, as numbers in one order. */
function tensorsOf(given: unknown): Tensor[] {
  if (given instanceof AnyTensor) return [given];
  if (typeof given !== 'object' || given === null) return [];
  return Object.values(given).flatMap(tensorsOf);
}
const total = (given: unknown): Scalar =>
  tensorsOf(given).reduce<Scalar>(
    (all, each) => (each.dtype === 'float32' ? (add(all, sum(mul(each, normal(createKey('cotangent'), each.shape)))) as Scalar) : all),
    scalar(0),
  );

it('there are layers of every package of mechanisms', () => expect(layers.length).toBeGreaterThan(15));

describe.each(layers)('lora of %s', (_, layer, args) => {
  const [drawn, x, context] = args() as readonly [Parameters, never, object];
  // The rows draw constants, zeros among them, through which no gradient would go.
  const parameters: Parameters = Object.fromEntries(
    Object.entries(drawn).map(([name, each]) => [name, add(each, mul(normal(createKey(name), each.shape), 0.3))]),
  );
  const lively = (adapted: Layer): Parameters =>
    Object.fromEntries(Object.entries(adapted.spec).map(([name, { shape }]) => [name, mul(normal(createKey(name), [...shape]), 0.1)]));
  const run = (one: Layer, own: Parameters): unknown => one.apply(own, x, context as never);
  const expectSame = async (one: unknown, other: unknown): Promise<void> => {
    const [ours, theirs] = [tensorsOf(one), tensorsOf(other)];
    expect(ours.length).toBe(theirs.length);
    for (const [at, each] of ours.entries()) {
      expectClose(await each.data(), await (theirs[at] as Tensor).data(), { atol: 1e-5, rtol: 1e-5 }, `output ${at}`);
    }
  };

  it('gives at first what the layer gives, and later what its merged weights give', async () => {
    const adapted = lora(layer, parameters, { rank: 2 });
    await expectSame(run(adapted, adapted.init(createKey(3))), run(layer, parameters));
    const adapters = lively(adapted);
    await expectSame(run(adapted, adapters), run(layer, adapted.merged(adapters)));
  });

  it('learns by its adapters, over a base in int8 too', async () => {
    for (const base of [parameters, await packParameters(layer, parameters, 'int8')]) {
      const adapted = lora(layer, base, { rank: 2 });
      const adapters = lively(adapted);
      const names = Object.keys(adapters);
      const { gradients } = differentiated(() => total(run(adapted, adapters)), Object.values(adapters));
      const lengths = await Promise.all(
        gradients.map(
          async (each, at) => [names[at] as string, each === null ? 0 : ((await mul(each, each).sum().data())[0] as number)] as const,
        ),
      );
      expect(lengths.some(([, length]) => length > 0)).toBe(true);
      for (const [name, length] of lengths) expect(Number.isFinite(length), name).toBe(true);
    }
  });
});
