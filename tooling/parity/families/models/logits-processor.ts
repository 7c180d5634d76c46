import { type LogitsProcessor, noRepeatNgrams, repetitionPenalty, temperature, topK, topP } from '@longspan/models/generation';
import { Config } from '../../config.ts';
import { type Fixture, stored } from '../../fixture.ts';
import type { Family } from '../../replay.ts';
import { rowsOf } from '../rows.ts';

/** A processor of the reference, by its class. */
const processors: Readonly<Record<string, (config: Config) => LogitsProcessor>> = {
  RepetitionPenaltyLogitsProcessor: (config) => repetitionPenalty(config.number('penalty')),
  NoRepeatNGramLogitsProcessor: (config) => noRepeatNgrams(config.number('ngram_size')),
  TemperatureLogitsWarper: (config) => temperature(config.number('temperature')),
  TopKLogitsWarper: (config) => topK(config.number('top_k')),
  TopPLogitsWarper: (config) => topP(config.number('top_p'), config.optionalNumber('min_tokens_to_keep')),
};

function processorsOf({ config }: Fixture): readonly LogitsProcessor[] {
  const given = config.raw('processors');
  if (!Array.isArray(given)) throw new Error('config.processors must be a list');
  return given.map((each: unknown, at) => {
    const own = new Config(each, `config.processors.${at}`);
    const make = processors[own.text('kind')];
    if (make === undefined) throw new Error(`config.processors.${at}.kind must be one that is known: ${own.text('kind')}`);
    return make(own);
  });
}

/** What processors make of the scores of a few rows. */
export const logitsProcessor: Family = (fixture) => {
  const all = processorsOf(fixture);
  const removed = fixture.config.number('filter_value');
  const [tokens, scores] = ['in.input_ids', 'in.scores'].map((name) => rowsOf(stored(fixture, name)));
  const run = async () => {
    const rows = (scores ?? []).map((row, at) => {
      const sequence = { tokens: tokens?.[at] ?? [], newTokens: 0, maxNewTokens: 1 };
      return all.reduce<Float64Array>((each, process) => process(each, sequence), Float64Array.from(row));
    });
    const shape = [rows.length, rows[0]?.length ?? 0];
    const values = rows.flatMap((row) => [...row]);
    const isKept = (value: number): boolean => value !== Number.NEGATIVE_INFINITY;
    return {
      filtered: { shape, values: values.map((value) => (isKept(value) ? value : removed)) },
      kept: { shape, values: values.map((value) => (isKept(value) ? 1 : 0)) },
    };
  };
  return { ways: [], awaited: [{ name: '', run }] };
};
