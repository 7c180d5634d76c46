import fc, { type Arbitrary } from 'fast-check';
import { mistakesIn } from '../exports/mistakes.ts';
import type { Row } from '../exports/row.ts';
import { tables } from '../exports/table/index.ts';
import { type Family, family } from './family.ts';

interface Exported {
  readonly name: string;
  readonly run: (...args: readonly unknown[]) => unknown;
  readonly row: Row;
}

interface Mistaken {
  readonly name: string;
  readonly mistakes: readonly string[];
  /** The function, and its arguments made for this call. */
  readonly call: () => unknown;
}

/** Entries whose functions start nothing that outlives them. */
const isQuiet = (entry: string): boolean => !entry.includes('wasm-backend') && !entry.includes('tfjs-layers');

async function exportsOf(): Promise<readonly Exported[]> {
  const found: Exported[] = [];
  for (const [entry, table] of Object.entries(tables).filter(([name]) => isQuiet(name))) {
    const exported = (await import(entry)) as Readonly<Record<string, Exported['run']>>;
    for (const [name, row] of Object.entries(table)) if ('calls' in row) found.push({ name, run: exported[name] as Exported['run'], row });
  }
  return found;
}

/** Calls of every public function with up to three mistakes at once: those of the test of all exports, put together at random. */
export async function mistakenCalls(): Promise<Family> {
  const all = await exportsOf();
  const inputs: Arbitrary<Mistaken> = fc
    .tuple(fc.nat(all.length - 1), fc.nat(7), fc.array(fc.nat(10_000), { minLength: 1, maxLength: 3 }))
    .map(([at, nth, chosen]) => {
      const { name, run, row } = all[at] as Exported;
      const make = row.calls[nth % row.calls.length] as () => readonly unknown[];
      const possible = [...mistakesIn(make())];
      const wrong = possible.length === 0 ? [] : chosen.map((each) => possible[each % possible.length] as (typeof possible)[number]);
      return {
        name,
        mistakes: wrong.map(({ place, mistake }) => `${place} ${mistake}`),
        call: () => run(...wrong.reduce((args, { change }) => changed(args, change), make())),
      };
    });
  return family('calls with mistakes', inputs, ({ call }) => call());
}

/** A mistake within what another mistake has replaced cannot be made any more. */
function changed(args: readonly unknown[], change: (args: readonly unknown[]) => readonly unknown[]): readonly unknown[] {
  try {
    return change(args);
  } catch {
    return args;
  }
}
