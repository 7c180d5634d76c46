import { badFile, type Fields, fieldsOf, mostSteps, unknownStep } from '../step-json.ts';
import { bertNormalizer } from './bert.ts';
import { byteLevel } from './byte-level.ts';
import { lowercase } from './lowercase.ts';
import { nmt } from './nmt.ts';
import type { Normalizer } from './normalizer.ts';
import { precompiled } from './precompiled.ts';
import { prepend } from './prepend.ts';
import { replace } from './replace.ts';
import { strip } from './strip.ts';
import { stripAccents } from './strip-accents.ts';
import { unicodeForm } from './unicode-form.ts';

const kinds: Readonly<Record<string, (fields: Fields) => Normalizer>> = {
  BertNormalizer: bertNormalizer,
  ByteLevel: () => byteLevel,
  Lowercase: () => lowercase,
  NFC: () => unicodeForm('NFC'),
  NFD: () => unicodeForm('NFD'),
  NFKC: () => unicodeForm('NFKC'),
  NFKD: () => unicodeForm('NFKD'),
  Nmt: () => nmt,
  Precompiled: precompiled,
  Prepend: prepend,
  Replace: replace,
  Strip: strip,
  StripAccents: () => stripAccents,
};

/** The steps of a normaliser, in order; none where there is none. */
export function readNormalizer(json: unknown): readonly Normalizer[] {
  if (json === null || json === undefined) return [];
  const steps: Normalizer[] = [];
  const add = (value: unknown, depth: number): void => {
    const fields = fieldsOf('normalizer', value);
    if (fields.json.type === 'Sequence' && depth < 8) {
      for (const each of fields.steps('normalizers')) add(each, depth + 1);
      return;
    }
    const make = Object.hasOwn(kinds, fields.json.type) ? kinds[fields.json.type] : undefined;
    if (make === undefined) throw unknownStep('normalizer', fields.json.type, [...Object.keys(kinds), 'Sequence']);
    steps.push(make(fields));
    if (steps.length > mostSteps) throw badFile('the normalizer must be short.', `${mostSteps} steps at most`, `${steps.length}`);
  };
  add(json, 0);
  return steps;
}
