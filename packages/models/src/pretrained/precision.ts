import { ConfigError, show } from '@longspan/core-tensor/error';
import type { Precision } from './load-weights.ts';

/** The words of transformers.js for what is a precision here. */
const precisions = { fp32: 'float32', fp16: 'float16', q8: 'int8' } as const;

export type WordForPrecision = keyof typeof precisions;

const known: readonly string[] = Object.values(precisions);

/** The precision that options ask for, under either name; float32 by default. */
export function precisionOf(
  caller: string,
  { precision, dtype }: { readonly precision?: Precision | undefined; readonly dtype?: WordForPrecision | undefined },
): Precision {
  if (precision !== undefined && !known.includes(precision)) throw unknown(caller, 'precision', known, precision);
  if (dtype !== undefined && !(typeof dtype === 'string' && Object.hasOwn(precisions, dtype)))
    throw unknown(caller, 'dtype', Object.keys(precisions), dtype);
  const meant = dtype === undefined ? undefined : precisions[dtype];
  if (precision !== undefined && meant !== undefined && precision !== meant) {
    throw new ConfigError({
      caller,
      problem: 'dtype must mean the same as precision.',
      expected: `dtype: '${Object.entries(precisions).find(([, each]) => each === precision)?.[0]}'  (set by precision: '${precision}')`,
      got: `dtype: '${dtype}'`,
      remedy: 'give one of the two.',
    });
  }
  return precision ?? meant ?? 'float32';
}

const unknown = (caller: string, name: string, words: readonly string[], got: unknown): ConfigError =>
  new ConfigError({
    caller,
    problem: `${name} must be ${words.map((word) => `'${word}'`).join(', ')}.`,
    expected: words.map((word) => `'${word}'`).join(', '),
    got: show(got),
    remedy: `write ${name}: '${words[0]}', or leave it out.`,
  });
