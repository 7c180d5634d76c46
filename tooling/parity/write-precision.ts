// `pnpm docs:precision`: measures how far the outputs of packed weights are from the reference's, over every case of the golden set that is
// of a whole model, on cpu and on wasm by Longspan's kernels, and writes what it found: the bounds of `pnpm parity --precision`, and the table.
// With --table it writes the table alone, by what was measured before.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startBackend } from './backend.ts';
import { modelOf } from './families/models/model-of.ts';
import type { PlaceOptions } from './place.ts';
import { pages, precisionTable, withTable } from './precision-table.ts';
import { run } from './run.ts';

const root = new URL('../../', import.meta.url);
const golden = fileURLToPath(new URL('../golden', import.meta.url));
const places: readonly PlaceOptions[] = [
  { backend: 'cpu', kernels: 'reference', threads: 1 },
  { backend: 'wasm', kernels: 'longspan', threads: 1 },
];

const replace = (file: URL, text: string): void => {
  const aside = new URL(`${file.href}.part`);
  writeFileSync(aside, text);
  renameSync(aside, file);
};

async function measure(): Promise<void> {
  const found = new Map<string, Errors>();
  for (const place of places) {
    await startBackend(place.backend);
    for (const precision of ['float16', 'int8'] as const) {
      const done = ({ family, name, file, worst, problem }: Parameters<Parameters<typeof run>[1]['done']>[0]): void => {
        // Within the whole of the largest number everything passes, but for what is no number.
        if (worst === undefined || !Number.isFinite(worst.share))
          throw new Error(`${family} ${name}: ${problem ?? 'nothing was compared'}`);
        const before = found.get(file) ?? { family: modelOf(family).name, name, float16: 0, int8: 0 };
        found.set(file, { ...before, [precision]: Math.max(before[precision], worst.share) });
        process.stdout.write(`${place.backend} ${precision} ${name}: ${worst.share.toPrecision(2)} (${worst.tensor})\n`);
      };
      const listener = { start: () => undefined, done };
      await run({ ...place, paths: [golden], only: undefined, precision, boundOf: () => 1 }, listener);
    }
  }
  replace(new URL('precision-measured.ts', import.meta.url), sourceOf([...found.values()]));
}

/** What a case came to. */
interface Errors {
  readonly family: string;
  readonly name: string;
  readonly float16: number;
  readonly int8: number;
}

/** An error above it is that of another answer: a token in another bucket or cluster, a softmax that is nearly a choice. */
const otherChoice = 0.1;

function sourceOf(all: readonly Errors[]): string {
  const others = all.filter(({ int8, float16 }) => Math.max(int8, float16) > otherChoice);
  const words = [...new Set(all.map(({ family }) => family))].sort();
  const rows = words.map((word) => {
    const cases = all.filter((each) => each.family === word && !others.includes(each));
    const largest = (precision: 'float16' | 'int8'): string => upTo(Math.max(...cases.map((each) => each[precision])));
    return `  ${word}: { cases: ${cases.length}, float16: ${largest('float16')}, int8: ${largest('int8')} },\n`;
  });
  return [
    "import type { PackedKind } from '@longspan/core-tensor';\n\n",
    '// Written by `pnpm docs:precision`: largest errors, as a part of the largest number of the output.\n\n',
    '/** Of the cases of each family. */\n',
    'export const measuredErrors: Readonly<Record<string, { readonly cases: number } & Readonly<Record<PackedKind, number>>>> = {\n',
    ...rows,
    '};\n\n',
    '/** Of each case with an error above a tenth: rounded weights choose otherwise in it. They are not among the others. */\n',
    'export const otherChoices: Readonly<Record<string, Readonly<Record<PackedKind, number>>>> = {\n',
    ...others.map(({ name, float16, int8 }) => `  '${name}': { float16: ${upTo(float16)}, int8: ${upTo(int8)} },\n`),
    '};\n',
  ].join('');
}

/** Two digits, and never less than what was measured. */
function upTo(value: number): string {
  const digit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return String(Number((Math.ceil(value / digit) * digit).toPrecision(2)));
}

if (process.argv.includes('--table')) {
  const table = precisionTable();
  for (const page of pages) replace(new URL(page, root), withTable(readFileSync(new URL(page, root), 'utf8'), table));
} else {
  await measure();
  process.stdout.write('Measured. pnpm docs:precision --table writes the table.\n');
}
