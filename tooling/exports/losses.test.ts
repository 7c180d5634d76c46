import type { Layer } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { publishedPackages } from '../published/packages.ts';
import { faultsOf, oneOf } from './faults.ts';
import type { Row } from './row.ts';
import { tables } from './table/index.ts';

await withBackend('cpu');

type Anything = (...args: readonly unknown[]) => unknown;
type Arguments = readonly [parameters: object, x: Tensor, context: object];

/** What losses read besides what their models do. */
const labelNames = ['labels', 'targets', 'startPositions', 'endPositions'] as const;

/** Losses are layers of their own beside the model: they take what the model's row gives it, and labels. */
const losses: (readonly [name: string, layer: Layer, args: () => Arguments, accepts: Row['accepts']])[] = [];
for (const { name, entries } of publishedPackages) {
  for (const entry of Object.keys(entries)) {
    const address = name + entry.slice(1);
    const exported = (await import(address)) as Readonly<Record<string, Anything>>;
    for (const [maker, row] of Object.entries(tables[address] ?? {})) {
      const { calls, methods } = row as Row;
      const apply = methods?.['apply'];
      if (apply === undefined) continue;
      const model = exported[maker]?.(...(calls[0]?.() ?? [])) as Readonly<Record<string, unknown>>;
      const layer = model['loss'] as Layer | undefined;
      if (layer?.apply === undefined) continue;
      const args = () => apply.calls[0]?.(model) as Arguments;
      // Of x labels have the shape, whatever the model makes of other ranks.
      const accepts = Object.fromEntries(Object.entries(apply.accepts ?? {}).filter(([place]) => place !== '1'));
      losses.push([layer.name, layer, args, accepts]);
    }
  }
}

it('there are losses of every head', () => expect(losses.length).toBeGreaterThan(40));

it.each(losses)('%s answers every mistake in its arguments with an error that names it', async (name, layer, args, accepts) => {
  const needed = labelNames.filter((each) => layer.reads.includes(each));
  expect(needed.length).toBeGreaterThan(0);
  const ofShape = (shape: readonly number[]) => (): Arguments => {
    const [parameters, x, context] = args();
    const read = Object.entries(context).filter(([each]) => ['training', 'key', ...layer.reads].includes(each));
    return [
      parameters,
      x,
      { ...Object.fromEntries(read), ...Object.fromEntries(needed.map((each) => [each, zeros([...shape], 'int32')])) },
    ];
  };
  const [batch, length] = args()[1].shape as [number, number];
  const run: Anything = (parameters, x, context) => layer.apply(parameters as never, x as never, context as never);
  // Of each token, of each text, of each sentence or word of a decoder (of which the rows have two).
  const fits = [ofShape([batch, length]), ofShape([batch]), ofShape([batch, 2])].find((call) => {
    try {
      run(...call());
      return true;
    } catch {
      return false;
    }
  });
  if (fits === undefined) throw new Error('labels of no shape are taken');
  expect(await faultsOf(name, run, { calls: [fits], accepts }, oneOf(3))).toEqual([]);
});
