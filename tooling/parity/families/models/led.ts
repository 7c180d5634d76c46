import type { Family as CheckpointFamily } from '@longspan/models';
import { type LedConfig, led } from '@longspan/models/led';
import { tensor2d } from '@tensorflow/tfjs-core';
import { type Fixture, stored } from '../../fixture.ts';
import type { Family } from '../../replay.ts';
import { rowsOf } from '../rows.ts';
import { encoderFamily } from './encoder.ts';
import { generationFamily } from './generation.ts';

/** Positions of the global tokens of each row. */
const globalsOf = (fixture: Fixture): readonly (readonly number[])[] =>
  rowsOf(stored(fixture, 'in.global_attention_mask')).map((row) => [...row.keys()].filter((at) => row[at] === 1));

/** The decoder reads the labels shifted right. */
export const ledConditionalGeneration: Family = encoderFamily(led, 'conditionalGeneration', (fixture) => {
  const { decoderStartTokenId, padTokenId }: LedConfig = led.config(fixture.config.all());
  const labels = rowsOf(stored(fixture, 'in.labels'));
  const decoderIds = labels.map((row) => [decoderStartTokenId, ...row.slice(0, -1).map((id) => (id === -100 ? padTokenId : id))]);
  return { globals: globalsOf(fixture), decoderIds: tensor2d(decoderIds, undefined, 'int32') };
});

/** Greedy and beam search. */
export const ledGeneration: Family = generationFamily(led as object as CheckpointFamily, 'conditionalGeneration', {
  options: (fixture) => ({ context: { globals: globalsOf(fixture) } }),
});
