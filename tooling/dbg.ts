import { withBackend } from './expect/index.ts';
import { faultsOf } from './exports/faults.ts';
import { reachedChanges } from './exports/kept-arguments.ts';
import { generationTable } from './exports/table/models/generation.ts';
import { ledTable } from './exports/table/models/led.ts';
import * as generation from '@longspan/models/generation';
import * as led from '@longspan/models/led';
await withBackend('cpu');
for (const [table, entry] of [[generationTable, generation], [ledTable, led]] as const) {
  const functions = Object.keys(entry).filter((n) => typeof (entry as any)[n] === 'function').sort();
  console.log('rows', JSON.stringify(functions) === JSON.stringify(Object.keys(table).sort()) ? 'ok' : [functions, Object.keys(table).sort()]);
  for (const name of functions) {
    const row = (table as any)[name];
    try {
      const faults = await faultsOf(name, (entry as any)[name], row);
      const kept = await reachedChanges(name, (entry as any)[name], row);
      console.log(name, faults.length + kept.length === 0 ? 'ok' : JSON.stringify([faults.slice(0, 40), kept], null, 1));
    } catch (e) { console.log(name, 'THREW', (e as Error).stack?.slice(0, 600)); }
  }
}
