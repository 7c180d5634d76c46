import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ClozeInput } from './input.ts';

/** BM25 of every paragraph for every query: one row a query. */
export interface ScoreTable {
  readonly rows: readonly Float32Array[];
}

const pathOf = ({ folder, seed, chapters, perChapter }: ClozeInput): string =>
  join(folder, `bm25-${seed}-${chapters ?? 'all'}-${perChapter}.f32`);

/** Keeps the table for the processes that come after. */
export function writeScores(input: ClozeInput, { rows }: ScoreTable): void {
  const path = pathOf(input);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, Buffer.concat(rows.map((row) => new Uint8Array(row.buffer, row.byteOffset, row.byteLength))));
  renameSync(`${path}.part`, path);
}

/** @throws Error where it is of other queries or paragraphs */
export function readScores(input: ClozeInput, queries: number, paragraphs: number): ScoreTable {
  const bytes = readFileSync(pathOf(input));
  if (bytes.length !== 4 * queries * paragraphs) throw new Error(`${pathOf(input)} must be of ${queries} queries: run without --resume`);
  const all = new Float32Array(new Uint8Array(bytes).buffer);
  return { rows: Array.from({ length: queries }, (_, at) => all.subarray(at * paragraphs, (at + 1) * paragraphs)) };
}
