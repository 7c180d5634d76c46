import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { command, stopped } from '../setup/command.mjs';
import { environment, root } from '../setup/workspace.mjs';
import { ResultFiles } from './result-files.ts';
import { runShards } from './run-shards.ts';
import { shards } from './shards.ts';
import { sourcesId } from './sources-id.ts';
import { sumOf, tableOf } from './table.ts';

const usage = `.ci/full [--only TEXT] [--list]

What .ci/run has no time for, in shards: every property under three further seeds, every test at its whole length, the soak, the attack, everything on
WebGPU, and the quick form of every experiment; some hours on two quiet cores. Results are kept in .full, by shard and by the exact sources: started again, it goes on with the
shards that have not passed on these sources yet. Ends with a table (in .full too) and the line N passed, N failed.

  --only TEXT   only shards with TEXT in their name
  --list        names the shards and what each came to so far

Exit code: 0 all passed, 1 not, 2 wrong usage, 130 interrupted.`;

const print = (text: string): void => void process.stdout.write(text);

function given(): { readonly only: string; readonly list: boolean; readonly help: boolean } {
  try {
    const options = {
      only: { type: 'string', default: '' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    process.stderr.write(`full: ${(error as Error).message}\n\n${usage}\n`);
    process.exit(2);
  }
}

const { only, list, help } = given();
if (help) {
  print(`${usage}\n`);
  process.exit(0);
}
const id = sourcesId(root);
const files = new ResultFiles(join(root, '.full', id.slice(0, 12)));
const all = shards(Number.parseInt(id.slice(0, 6), 16)).filter(({ name }) => name.includes(only));
if (all.length === 0) {
  process.stderr.write(`full: a shard must have "${only}" in its name; --list names them\n`);
  process.exit(2);
}
if (list) {
  for (const { name } of all) {
    const result = files.read(name);
    print(`${name}: ${result === undefined ? 'not run' : result.failed > 0 ? 'failed' : `passed in ${result.seconds.toFixed(0)} s`}\n`);
  }
  process.exit(0);
}
const results = await runShards(all, {
  files,
  print,
  run: ({ args, env }, onText) =>
    command(process.execPath, [...args], { cwd: root, env: { ...environment, NO_COLOR: '1', ...env }, onText }),
});
const table = tableOf(results);
print(`\n${table}\n${files.writeTable(table)}\n`);
if (stopped()) print(`Interrupted after ${results.length} of ${all.length} shards; the same command goes on with the rest.\n`);
const { passed, failed } = sumOf(results);
print(`${passed} passed, ${failed} failed\n`);
process.exitCode = stopped() ? 130 : failed > 0 ? 1 : 0;
