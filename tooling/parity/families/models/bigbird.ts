import { bigBird } from '@longspan/models/bigbird';
import { tensor2d } from '@tensorflow/tfjs-core';
import { type Fixture, stored, valuesOf } from '../../fixture.ts';
import type { Family } from '../../replay.ts';
import { blocksOf, rowsOf } from '../rows.ts';
import { encoderFamily } from './encoder.ts';

/** BigBird's models, with the random blocks that the reference drew; where it drew none, ours must draw none by themselves. */
export const bigBirdFamily = (model: keyof typeof bigBird.models & string): Family =>
  encoderFamily(bigBird, model, () => ({}), {
    options: (fixture) => {
      const layers = [...fixture.tensors.keys()].filter((name) => name.startsWith('rand.layer.')).sort();
      const isDrawn = layers.some((name) => valuesOf(stored(fixture, name)).values.some((block) => block !== 0));
      return isDrawn ? { randomBlocks: layers.map((name) => blocksOf(stored(fixture, name))) } : {};
    },
    filled: (fixture) => (model === 'questionAnswering' ? { tokenTypes: questionTypes(fixture) } : {}),
  });

/** The reference sets the types before it fills up, with type 0. */
function questionTypes(fixture: Fixture) {
  const rows = rowsOf(stored(fixture, 'in.input_ids'));
  const whole = stored(fixture, 'out.hidden_states.0').shape[1] as number;
  const separator = fixture.config.number('sep_token_id');
  const types = rows.map((row) => Array.from({ length: whole }, (_, at) => (at > row.indexOf(separator) && at < row.length ? 1 : 0)));
  return tensor2d(types, [rows.length, whole], 'int32');
}
