import { badFile, type Fields, fieldsOf, mostSteps, unknownStep } from '../step-json.ts';
import { bertWords, delimiterSplit, digits, fixedLength, punctuationSplit, split, whitespace, whitespaceSplit } from './by-kind.ts';
import { byteLevelWords } from './byte-level.ts';
import { metaspace } from './metaspace.ts';
import type { PreTokenizer } from './pieces.ts';

const kinds: Readonly<Record<string, (fields: Fields) => PreTokenizer>> = {
  BertPreTokenizer: bertWords,
  ByteLevel: byteLevelWords,
  CharDelimiterSplit: delimiterSplit,
  Digits: digits,
  FixedLength: fixedLength,
  Metaspace: metaspace,
  Punctuation: punctuationSplit,
  Split: split,
  Whitespace: whitespace,
  WhitespaceSplit: whitespaceSplit,
};

/** The steps that cut a text into words, in order; none where there are none. */
export function readPreTokenizer(json: unknown): readonly PreTokenizer[] {
  if (json === null || json === undefined) return [];
  const steps: PreTokenizer[] = [];
  const add = (value: unknown, depth: number): void => {
    const fields = fieldsOf('pre_tokenizer', value);
    if (fields.json.type === 'Sequence' && depth < 8) {
      for (const each of fields.steps('pretokenizers')) add(each, depth + 1);
      return;
    }
    const make = Object.hasOwn(kinds, fields.json.type) ? kinds[fields.json.type] : undefined;
    if (make === undefined) throw unknownStep('pre_tokenizer', fields.json.type, [...Object.keys(kinds), 'Sequence']);
    steps.push(make(fields));
    if (steps.length > mostSteps) throw badFile('the pre_tokenizer must be short.', `${mostSteps} steps at most`, `${steps.length}`);
  };
  add(json, 0);
  return steps;
}
