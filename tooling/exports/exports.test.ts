import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isStamped } from '@longspan/core-tensor/error';
import { withBackend } from '@longspan/tooling/expect';
import { engine } from '@tensorflow/tfjs-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { publishedPackages } from '../published/packages.ts';
import { faultsOf, oneOf } from './faults.ts';
import { reachedChanges } from './kept-arguments.ts';
import type { Row } from './row.ts';
import { tables } from './table/index.ts';

const entries = publishedPackages.flatMap(({ name, folder, entries }) =>
  Object.entries(entries).map(([entry, file]) => ({ entry: name + entry.slice(1), file: pathToFileURL(join(folder, file)).href })),
);

/** Some entries share functions: each is called once. */
const called = new Set<unknown>();

describe.each(entries)('$entry', async ({ entry, file }) => {
  const exported = (await import(/* @vite-ignore */ file)) as Readonly<Record<string, unknown>>;
  const functions = Object.entries(exported).filter(([, value]) => typeof value === 'function') as [
    string,
    (...args: unknown[]) => unknown,
  ][];
  const table = tables[entry] ?? {};
  /** The heads of a family are made of the same parts. */
  const isHead = ({ methods }: Row) => entry.startsWith('@longspan/models/') && methods?.['apply'] !== undefined;

  it('has a row for each function that it exports, and no other rows', () => {
    expect(Object.keys(table).sort()).toEqual(functions.map(([name]) => name).sort());
  });

  const own = functions.filter(([name, run]) => 'calls' in (table[name] ?? {}) && !called.has(run));
  for (const [, run] of own) called.add(run);

  it.each(own)('%s answers every mistake in its arguments with an error that names it', async (name, run) => {
    const row = table[name] as Row;
    await withBackend(row.backend ?? 'cpu');
    expect(await faultsOf(name, run, row, oneOf(isHead(row) ? 3 : 2))).toEqual([]);
  });

  it.each(own)('%s keeps nothing of its arguments that a change could still reach', async (name, run) => {
    const row = table[name] as Row;
    await withBackend(row.backend ?? 'cpu');
    expect(await reachedChanges(name, run, row)).toEqual([]);
  });

  const ofLayers = own.filter(([name]) => (table[name] as Row).methods?.['init'] !== undefined);

  it.each(ofLayers)(
    '%s makes its layer frozen, and without a tensor: a page may build its model before a backend is ready',
    async (name, run) => {
      const row = table[name] as Row;
      await withBackend(row.backend ?? 'cpu');
      for (const call of row.calls) {
        const args = call();
        const makeTensor = vi.spyOn(engine(), 'makeTensor');
        onTestFinished(() => makeTensor.mockRestore());
        expect(isStamped(run(...args))).toBe(true);
        expect(makeTensor).not.toHaveBeenCalled();
      }
    },
  );
});
