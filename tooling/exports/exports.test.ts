import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withBackend } from '@longspan/tooling/expect';
import { beforeAll, describe, expect, it } from 'vitest';
import { publishedPackages } from '../published/packages.ts';
import { faultsOf } from './faults.ts';
import type { Row } from './row.ts';
import { tables } from './table/index.ts';

const entries = publishedPackages.flatMap(({ name, folder, entries }) =>
  Object.entries(entries).map(([entry, file]) => ({ entry: name + entry.slice(1), file: pathToFileURL(join(folder, file)).href })),
);

beforeAll(() => withBackend('cpu'));

describe.each(entries)('$entry', async ({ entry, file }) => {
  const exported = (await import(/* @vite-ignore */ file)) as Readonly<Record<string, unknown>>;
  const functions = Object.entries(exported).filter(([, value]) => typeof value === 'function') as [
    string,
    (...args: unknown[]) => unknown,
  ][];
  const table = tables[entry] ?? {};

  it('has a row for each function that it exports, and no other rows', () => {
    expect(Object.keys(table).sort()).toEqual(functions.map(([name]) => name).sort());
  });

  it.each(functions.filter(([name]) => 'calls' in (table[name] ?? {})))(
    '%s answers every mistake in its arguments with an error that names it',
    async (name, run) => {
      expect(await faultsOf(name, run, table[name] as Row)).toEqual([]);
    },
  );
});
