import { readFileSync } from 'node:fs';
import { FileError } from '@longspan/core-tensor/error';
import { z } from 'zod';
import type { Results } from '../experiments/book/results.ts';
import { resultsSchema } from './schema.ts';

/** Results as the text of `results.json`. */
export function resultsJson(results: unknown): string {
  return `${JSON.stringify(results, undefined, 2)}\n`;
}

/** Reads a `results.json` that an earlier run of the main job wrote. */
export const readResults = (path: string): Results => readChecked(path, resultsSchema);

/**
 * Reads a `results.json` that an earlier run wrote.
 * @throws FileError where there is none, or where it is not what this version writes
 */
export function readChecked<Value>(path: string, schema: z.ZodType<Value>): Value {
  const refuse = (problem: string, got: string): FileError =>
    new FileError({
      caller: 'bench --resume',
      problem,
      expected: 'the results.json of an interrupted run',
      got,
      remedy: 'start anew without --resume, or point --out at the folder of the interrupted run.',
    });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw refuse('there is nothing to resume.', `no readable file at ${path}`);
  }
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    throw refuse('results.json is broken.', `${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = schema.safeParse(values);
  if (!parsed.success)
    throw refuse('results.json is not what this version writes.', `${path}: ${firstLines(z.prettifyError(parsed.error))}`);
  return parsed.data;
}

const firstLines = (text: string): string =>
  text
    .split('\n')
    .slice(0, 2)
    .map((line) => line.trim())
    .join(' ');
