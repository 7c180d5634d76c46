import { join } from 'node:path';
import { type Encoding, readTokenizer, type Tokenizer } from '@longspan/models/text';
import { type Comparison, compare, missed } from '../compare.ts';
import { Config } from '../config.ts';
import { comparedRows, windowRows } from './text-windows.ts';

const exactly = { atol: 0, rtol: 0 };

/**
 * Ids, ranges and masks of single texts and of pairs, texts of ids, and windows of long texts: all of them equal. Rows that are padded or cut
 * from the left, and pairs of which both texts are cut, are what the other library does to batches: nothing here does that to a text.
 */
export async function tokenizer(content: Readonly<Record<string, unknown>>, folder: string): Promise<readonly Comparison[]> {
  const fixture = new Config(content, 'the fixture');
  const read = await readTokenizer(join(folder, fixture.raw('tokenizer') as string));
  const rows = (name: string) => fixture.list(name).map((row, at) => [row, `${name} ${at}`] as const);
  return [
    ...rows('single').flatMap(([row, way]) => single(read, row, way)),
    ...rows('pairs').flatMap(([row, way]) => pair(read, row, way)),
    ...(fixture.raw('windows') === undefined
      ? []
      : rows('windows').flatMap(([row, way]) => cut(read, row, way, fixture.text('tokenizer').endsWith('-trimmed')))),
  ];
}

function single(read: Tokenizer, row: Config, way: string): readonly Comparison[] {
  const text = row.raw('text') as string;
  const ids = row.raw('ids') as readonly number[];
  return [
    ...encoded(read.encodeText(text), row, way),
    numbers('plain', way, read.encodeText(text, { addSpecialTokens: false }).ids, row),
    words('decoded', way, read.decode(ids), row),
    words('decoded_text', way, read.decode(ids, { skipSpecialTokens: true }), row),
  ];
}

function pair(read: Tokenizer, row: Config, way: string): readonly Comparison[] {
  const encoding = read.encodeText(row.raw('text') as string, { pair: row.raw('pair') as string });
  const sequences = (row.raw('sequence_ids') as readonly (number | null)[]).map((each) => each ?? -1);
  return [
    ...encoded(encoding, row, way),
    numbers('type_ids', way, encoding.typeIds, row),
    compared('sequence_ids', way, encoding.sequenceIds, sequences),
  ];
}

/** A text in windows, or one of two. */
function cut(read: Tokenizer, row: Config, way: string, trims: boolean): readonly Comparison[] {
  const [text, other, strategy] = [row.raw('text') as string, row.raw('pair') as string | undefined, row.raw('strategy') as string];
  if (row.raw('side') !== 'right' || (other !== undefined && strategy === 'longest_first')) return [];
  const sizes = { length: row.number('max_length'), overlap: row.number('stride') };
  const rows = windowRows(read, text, other, { cut: strategy === 'only_second' ? 1 : 0, ...sizes });
  return comparedRows(rows, row.list('windows'), way, (id) => trims && read.tokenOf(id)?.startsWith('Ġ') === true);
}

const encoded = (encoding: Encoding, row: Config, way: string): readonly Comparison[] => [
  numbers('ids', way, encoding.ids, row),
  numbers('offsets_utf16', way, encoding.offsets, row),
  numbers('special_tokens_mask', way, encoding.specialTokens, row),
];

const numbers = (name: string, way: string, ours: ArrayLike<number>, row: Config): Comparison =>
  compared(name, way, ours, [row.raw(name)].flat(2) as readonly number[]);

const compared = (name: string, way: string, ours: ArrayLike<number>, wanted: readonly number[]): Comparison =>
  compare(name, way, { shape: [ours.length], values: ours }, { shape: [wanted.length], values: wanted }, exactly);

function words(name: string, way: string, ours: string, row: Config): Comparison {
  const wanted = row.raw(name);
  if (ours === wanted) return { tensor: name, way, error: 0, tolerance: exactly, share: 0, problem: undefined };
  return missed(name, way, `is ${JSON.stringify(ours)}, expected ${JSON.stringify(wanted)}`, exactly);
}
