import { type Fields, fieldsOf, unknownStep } from '../step-json.ts';
import { readBytePairs } from './byte-pairs.ts';
import { type Model, remembering } from './model.ts';
import { readUnigram } from './unigram.ts';
import { readWordLevel } from './word-level.ts';
import { readWordPiece } from './word-piece.ts';

const kinds: Readonly<Record<string, (fields: Fields) => Model>> = {
  BPE: readBytePairs,
  Unigram: readUnigram,
  WordLevel: readWordLevel,
  WordPiece: readWordPiece,
};

/** The model of tokenizer.json; a file that is older than their types has them by their fields. */
export function readModel(json: unknown): Model {
  const fields = fieldsOf('model', typed(json));
  const make = Object.hasOwn(kinds, fields.json.type) ? kinds[fields.json.type] : undefined;
  if (make === undefined) throw unknownStep('model', fields.json.type, Object.keys(kinds));
  return remembering(make(fields));
}

function typed(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || 'type' in json) return json;
  if ('merges' in json) return { ...json, type: 'BPE' };
  if ('continuing_subword_prefix' in json) return { ...json, type: 'WordPiece' };
  return { ...json, type: 'unk_id' in json || ('vocab' in json && Array.isArray(json.vocab)) ? 'Unigram' : 'WordLevel' };
}
