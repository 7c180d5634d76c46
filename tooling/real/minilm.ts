import { padding, type SafetensorsEntry } from '@longspan/core-tensor';
import { fromPretrained, type Precision, type Sentence } from '@longspan/models';
import { bert } from '@longspan/models/bert';
import { toLong } from '@longspan/models/to-long';
import { type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { replayCheckpoint } from '../parity/checkpoint.ts';
import { worstOf } from '../parity/compare.ts';
import { realFamilies } from '../parity/families/models/checkpoints.ts';
import { rowsOf } from '../parity/families/rows.ts';
import { type Fixture, readFixture, stored, valuesOf } from '../parity/fixture.ts';
import { errorRow, largestDifference, type Row } from './row.ts';

const model = 'all-MiniLM-L6-v2';

/** The largest error of a feature of a vector of length 1, for weights that are packed. */
const bounds: Readonly<Record<Exclude<Precision, 'float32'>, number>> = { float16: 5e-4, int8: 2e-2 };

/**
 * The checks of a folder of all-MiniLM-L6-v2 in one place.
 * @param all whether packed weights and the long model are checked too, which take minutes where products are slow
 */
export async function checkMiniLm(folder: string, file: string, place: string, all: boolean): Promise<readonly Row[]> {
  const fixture = await readFixture(file);
  const vectors = await embeddings(folder, fixture, place);
  return all ? [vectors, ...(await packed(folder, fixture, place)), ...(await long(folder, fixture, place))] : [vectors];
}

/** The fixture by parity's own code: the vectors, and once more after the model was saved and read again. */
async function embeddings(folder: string, fixture: Fixture, place: string): Promise<Row> {
  const parts = realFamilies.get(fixture.family);
  if (parts === undefined) throw new Error(`${fixture.family} must be replayed`);
  const comparisons = [];
  for (const cropped of byLength(fixture)) comparisons.push(...(await replayCheckpoint(parts, folder, cropped)));
  const worst = worstOf(comparisons);
  const { atol } = fixture.tolerance;
  const row = { model, check: `real.minilm of ${rowsOf(stored(fixture, 'in.input_ids')).length} texts, and saved and read again`, place };
  return { ...errorRow(row, worst?.error ?? Number.NaN, atol), passed: worst !== undefined && worst.problem === undefined };
}

/** The longest length of each group of texts: the same numbers in a fraction of the time that padding to the longest of all takes. */
const lengths = [16, 48, 128, 512];

/** The same fixture as several, each of texts of about the same length without the padding behind them. */
function byLength(fixture: Fixture): readonly Fixture[] {
  const marks = rowsOf(stored(fixture, 'in.attention_mask'));
  const counts = marks.map((row) => row.lastIndexOf(1) + 1);
  return lengths.flatMap((most, at) => {
    const rows = counts.flatMap((count, row) => (count <= most && count > (lengths[at - 1] ?? 0) ? [row] : []));
    if (rows.length === 0) return [];
    const longest = Math.max(...rows.map((row) => counts[row] as number));
    const tensors = new Map(
      [...fixture.tensors].map(([name, entry]) => [name, rowsFrom(entry, rows, name.startsWith('in.') ? longest : undefined)]),
    );
    return [{ ...fixture, tensors }];
  });
}

/** Some rows of a stored table [rows, columns], each up to a column. */
function rowsFrom(entry: SafetensorsEntry, rows: readonly number[], columns = entry.shape[1] as number): SafetensorsEntry {
  const width = entry.shape[1] as number;
  const { values } = valuesOf(entry);
  const kept = rows.flatMap((row) => values.slice(row * width, row * width + columns));
  const numbers = entry.dtype === 'I32' ? Int32Array.from(kept) : Float32Array.from(kept);
  return { ...entry, shape: [rows.length, columns], values: () => numbers } as SafetensorsEntry;
}

/** The vectors of all texts, one after the other. */
async function vectors(folder: string, fixture: Fixture, precision: Precision): Promise<readonly number[]> {
  const read = await fromPretrained(folder, { family: bert, head: 'model', precision });
  const { layer, parameters } = read.sentence as Sentence;
  const found: number[] = [];
  for (const ids of textsOf(fixture)) {
    const x = tensor2d([[...ids]], [1, ids.length], 'int32');
    const { hidden, pooled } = read.model.apply(read.parameters, x);
    const vector = layer.apply(parameters, hidden);
    found.push(...(await vector.data()));
    for (const each of [x, hidden, pooled, vector]) each?.dispose();
  }
  read.dispose();
  return found;
}

/** The ids of each text without padding. */
const textsOf = (fixture: Fixture): readonly (readonly number[])[] => {
  const marks = rowsOf(stored(fixture, 'in.attention_mask'));
  return rowsOf(stored(fixture, 'in.input_ids')).map((row, at) => row.filter((_, place) => marks[at]?.[place] === 1));
};

async function packed(folder: string, fixture: Fixture, place: string): Promise<readonly Row[]> {
  const expected = valuesOf(stored(fixture, 'out.sentence_embedding')).values;
  const rows: Row[] = [];
  for (const [precision, bound] of Object.entries(bounds) as [Exclude<Precision, 'float32'>, number][]) {
    const found = await vectors(folder, fixture, precision);
    const row = errorRow(
      { model, check: `weights in ${precision}: largest error of a feature`, place },
      largestDifference(found, expected),
      bound,
    );
    rows.push({ ...row, found: `${row.found}, least cosine ${leastCosine(found, expected).toFixed(5)}` });
  }
  return rows;
}

function leastCosine(a: readonly number[], b: readonly number[], width = 384): number {
  const cosines = Array.from({ length: a.length / width }, (_, row) => {
    const [x, y] = [a, b].map((all) => all.slice(row * width, (row + 1) * width)) as [number[], number[]];
    return x.reduce((sum, value, at) => sum + value * (y[at] as number), 0) / (Math.hypot(...x) * Math.hypot(...y));
  });
  return Math.min(...cosines);
}

/** The long model reads what the short one reads, below one side of its window and within one period of its positions. */
async function long(folder: string, fixture: Fixture, place: string): Promise<readonly Row[]> {
  const short = await fromPretrained(folder, { family: bert, head: 'model' });
  const made = toLong(short, { maxPositions: 4096 });
  const { period, from } = made.positions;
  const texts = textsOf(fixture).filter(({ length }) => length <= period);
  let most = 0;
  for (const ids of texts) {
    const x = tensor2d([[...ids]], [1, ids.length], 'int32');
    const marks = padding([ids.map(() => 1)]);
    const [a, b] = [short.model.apply(short.parameters, x), made.model.apply(made.parameters, x, { padding: marks, globals: [] })];
    most = Math.max(most, largestDifference(await (a.hidden as Tensor).data(), await (b.hidden as Tensor).data()));
    for (const each of [x, a.hidden, a.pooled, b.hidden, b.pooled]) each?.dispose();
  }
  made.dispose();
  short.dispose();
  return [
    errorRow(
      { model, check: `toLong, ${texts.length} texts below a side of the window: largest difference of a token's feature`, place },
      most,
      1e-4,
    ),
    {
      model,
      check: 'toLong, the period that is taken by default',
      place,
      found: `${period} (${from})`,
      must: '128',
      passed: period === 128,
    },
  ];
}
