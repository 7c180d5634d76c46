import { createKey, embedding, writeSafetensors } from '@longspan/core-tensor';
import * as generation from '@longspan/models/generation';
import { zeros } from '@tensorflow/tfjs-core';
import { type Accepted, bare, row, type Table } from '../../row.ts';
import { nullsOfConfig } from './encoder.ts';

const model = embedding({ vocabulary: 4, width: 4 });
const options = () => ({ maxNewTokens: 2, endTokens: [3], padToken: 0, context: {}, processors: [generation.temperature(2)] });
const stored = () => ({ progress: { newTokens: 0, prompts: [] }, state: { keys: zeros([1, 2]) } });
const written = () => {
  const state = JSON.stringify({ progress: { newTokens: 0, prompts: [] }, numbers: {}, tensors: [] });
  return writeSafetensors({ tensors: {}, metadata: { format: 'longspan.generation', state } });
};

/** One end token, or several. */
const ends: Accepted = { '1': ['list', 'number'] };
/** A state is any layer's. */
const ofState: Accepted = { '0.state.*': ['misspelt', 'rank', 'dtype', 'number', 'empty'] };

export const generationTable: Table = {
  generate: row(
    [
      () => [
        model,
        { weight: zeros([4, 4]) },
        [
          [1, 2],
          [3, 0],
        ],
        options(),
      ],
    ],
    {
      '3.endTokens': ['number'], // one, or several
      '3.context': ['unknown'], // what the model reads of it
    },
  ),
  generationOptions: row([() => [{ max_new_tokens: 3, do_sample: true }, createKey(1)]], nullsOfConfig),
  forcedFirstToken: row([() => [1]]),
  forcedLastToken: row([() => [1]]),
  minimumLength: row([() => [3, 1], () => [3, [1, 2]]], ends),
  minimumTokens: row([() => [3, 1], () => [3, [1, 2]]], ends),
  noRepeatNgrams: row([() => [2]]),
  repetitionPenalty: row([() => [1.2]]),
  temperature: row([() => [0.7]]),
  topK: row([() => [3]]),
  topP: row([() => [0.9, 2]]),
  beamSearch: row([() => [{ beams: 3, lengthPenalty: 2, earlyStopping: true, returned: 2 }]], {
    '0.lengthPenalty': ['-1', '2^53', '2^53 - 1'],
  }),
  greedy: bare,
  sample: row([() => [{ key: createKey(1), temperature: 0.7, topK: 3, topP: 0.9, returned: 2 }]]),
  disposeGeneration: row([() => [stored()]], ofState),
  readGeneration: row([() => [written()]]),
  writeGeneration: row([() => [stored()]], ofState),
  cachedSteps: row([() => [model]]),
  wholeSteps: row([() => [model]]),
};
