import { join } from 'node:path';
import { type EntityStrategy, pipelineEntities } from '@longspan/models/documents';
import { readTokenizer } from '@longspan/models/text';
import { type Comparison, compare, missed } from '../compare.ts';
import { Config } from '../config.ts';
import { comparedRows, windowRows } from './text-windows.ts';

const strategies: readonly EntityStrategy[] = ['none', 'simple', 'first', 'average', 'max'];

/** Entities of texts: their rows by our tokenizers, and the groups that the given logits make of them. Texts that were given as words are left out. */
export async function entityGroups(content: Readonly<Record<string, unknown>>, folder: string): Promise<readonly Comparison[]> {
  const fixture = new Config(content, 'the fixture');
  const read = await readTokenizer(join(folder, fixture.text('tokenizer')));
  const labels = fixture.raw('labels') as readonly string[];
  return fixture.list('cases').flatMap((row, at) => {
    if (row.raw('words') !== undefined) return [];
    const [text, windows] = [row.text('text'), row.list('windows')];
    const sizes = { length: row.optionalNumber('max_length') ?? 2 ** 31 - 1, overlap: row.number('stride') };
    const rows = windowRows(read, text, undefined, { cut: 0, ...sizes });
    const compared = comparedRows(rows, windows, `case ${at}`);
    if (compared.some(({ problem }) => problem !== undefined)) return compared;
    const tokens = rows.map(({ offsets, sequences }, window) => {
      const own = Array.from(sequences.keys()).filter((token) => sequences[token] === 0);
      const of = (name: string) => (windows[window] as Config).raw(name) as readonly unknown[];
      return {
        offsets: own.map((token) => offsets[token] as readonly [number, number]),
        logits: own.map((token) => of('logits')[token] as readonly number[]),
        subwords: own.map((token) => Boolean(of('is_subword')[token])),
      };
    });
    const ignored = row.raw('ignore_labels') as readonly string[];
    const expected = row.part('expected');
    return [
      ...compared,
      ...strategies
        .filter((strategy) => expected.raw(strategy) !== undefined)
        .flatMap((strategy) => {
          const found = pipelineEntities(text, tokens, { labels, strategy, ignored });
          return grouped(text, found, expected.list(strategy), `case ${at}, ${strategy}`);
        }),
    ];
  });
}

function grouped(
  text: string,
  found: ReturnType<typeof pipelineEntities>,
  expected: readonly Config[],
  way: string,
): readonly Comparison[] {
  const points = Array.from(text); // places there are code points
  const place = (point: number): number => points.slice(0, point).join('').length;
  const ours = found.map(({ label, start, end }) => [label, start, end]);
  const theirs = expected.map((each) => [
    each.raw('entity_group') ?? each.raw('entity'),
    place(each.number('start')),
    place(each.number('end')),
  ]);
  const tolerance = { atol: 1e-6, rtol: 0 };
  if (JSON.stringify(ours) !== JSON.stringify(theirs))
    return [missed('entities', way, `are ${JSON.stringify(ours)}, expected ${JSON.stringify(theirs)}`, tolerance)];
  const scores = { shape: [found.length], values: found.map(({ score }) => score) };
  return [compare('scores', way, scores, { shape: [found.length], values: expected.map((each) => each.number('score')) }, tolerance)];
}
