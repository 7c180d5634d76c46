import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Comparison } from './compare.ts';
import { answerSpans } from './families/answer-spans.ts';
import { entityGroups } from './families/entity-groups.ts';
import { tokenizer } from './families/tokenizer.ts';

/** What a family makes of a fixture that begins with texts: every value of it, against the reference's. */
export type TextFamily = (content: Readonly<Record<string, unknown>>, folder: string) => Promise<readonly Comparison[]>;

/** How each family is replayed whose fixtures are JSON with texts in them. */
export const textFamilies: ReadonlyMap<string, TextFamily> = new Map([
  ['tokenizer', tokenizer],
  ['qa.spans', answerSpans],
  ['ner.aggregation', entityGroups],
]);

/** Every comparison of a file. Throws where there is nothing to compare. */
export async function replayTexts(family: TextFamily, file: string): Promise<readonly Comparison[]> {
  const comparisons = await family(JSON.parse(await readFile(file, 'utf8')), dirname(file));
  if (comparisons.length === 0) throw new Error('the fixture must have rows to compare with');
  return comparisons;
}
