import { join } from 'node:path';
import { type Encoding, readTokenizer, type Tokenizer } from '@longspan/models/text';
import { type Comparison, compare, missed } from '../compare.ts';
import { Config } from '../config.ts';

const exactly = { atol: 0, rtol: 0 };

/** Ids, ranges and masks of single texts and of pairs, and texts of ids: all of them equal. */
export async function tokenizer(content: Readonly<Record<string, unknown>>, folder: string): Promise<readonly Comparison[]> {
  const fixture = new Config(content, 'the fixture');
  const read = await readTokenizer(join(folder, fixture.raw('tokenizer') as string));
  const rows = (name: string) => fixture.list(name).map((row, at) => [row, `${name} ${at}`] as const);
  return [
    ...rows('single').flatMap(([row, way]) => single(read, row, way)),
    ...rows('pairs').flatMap(([row, way]) => pair(read, row, way)),
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
