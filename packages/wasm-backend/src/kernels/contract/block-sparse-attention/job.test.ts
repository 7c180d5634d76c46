import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { jobFields, partSumFields, rowCopyFields, termFields, termKinds } from './job.ts';

const assembly = (file: string): string => readFileSync(new URL(`../../../../assembly/${file}.ts`, import.meta.url), 'utf8');

/** The fields of an unmanaged class, in the order of its source. */
const fieldsOf = (source: string, name: string): string[] => {
  const body = new RegExp(`export class ${name} \\{(.*?)\\n\\}`, 's').exec(source)?.[1] ?? '';
  return [...body.matchAll(/^ {2}(\w+): (?:i32|usize|f32);/gm)].map(([, field]) => field as string);
};

it('the records that the host writes have the fields of the kernels, in their order', () => {
  const job = assembly('attention/job');
  expect([...jobFields]).toEqual(fieldsOf(job, 'Job'));
  expect([...termFields]).toEqual(fieldsOf(job, 'Term'));
  expect([...rowCopyFields]).toEqual(fieldsOf(assembly('rows/rows'), 'RowCopy'));
  expect([...partSumFields]).toEqual(fieldsOf(assembly('attention/query-parts'), 'PartSum'));
  expect(job).toContain(`termBytes: usize = ${4 * termFields.length};`);
});

it('float fields are the same on both sides', () => {
  const floats = [
    ...['attention/job', 'attention/query-parts', 'rows/rows']
      .map(assembly)
      .join('')
      .matchAll(/^ {2}(\w+): f32;/gm),
  ].map(([, field]) => field);
  expect([...new Set(floats)].sort()).toEqual(['amount', 'dropoutGain', 'dropoutThreshold', 'scale']);
});

it('kinds of terms have the numbers of the kernels', () => {
  const kinds = [...assembly('attention/job').matchAll(/export const (\w+)Kind: i32 = (\d+);/g)];
  expect(kinds.map(([, name, number]) => [name, Number(number)])).toEqual(termKinds.map((name, number) => [name, number]));
});
