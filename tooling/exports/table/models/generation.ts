import { createKey, embedding } from '@longspan/core-tensor';
import * as generation from '@longspan/models/generation';
import { zeros } from '@tensorflow/tfjs-core';
import { bare, row, type Table } from '../../row.ts';

const model = embedding({ vocabulary: 4, width: 4 });
const options = () => ({ maxNewTokens: 2, endTokens: [3], padToken: 0, context: {}, processors: [generation.temperature(2)] });
const stored = () => ({ progress: { newTokens: 0, prompts: [] }, state: { keys: zeros([1, 2]) } });

export const generationTable: Table = {
  generate: row([
    () => [
      model,
      { weight: zeros([4, 4]) },
      [
        [1, 2],
        [3, 0],
      ],
      options(),
    ],
  ]),
  generationOptions: row([() => [{ max_new_tokens: 3, do_sample: true }, createKey(1)]]),
  forcedFirstToken: row([() => [1]]),
  forcedLastToken: row([() => [1]]),
  minimumLength: row([() => [3, 1], () => [3, [1, 2]]]),
  minimumTokens: row([() => [3, 1], () => [3, [1, 2]]]),
  noRepeatNgrams: row([() => [2]]),
  repetitionPenalty: row([() => [1.2]]),
  temperature: row([() => [0.7]]),
  topK: row([() => [3]]),
  topP: row([() => [0.9, 2]]),
  beamSearch: row([() => [{ beams: 3, lengthPenalty: 2, earlyStopping: true, returned: 2 }]]),
  greedy: bare,
  sample: row([() => [{ key: createKey(1), temperature: 0.7, topK: 3, topP: 0.9, returned: 2 }]]),
  disposeGeneration: row([() => [stored()]]),
  readGeneration: row([() => [new Uint8Array(8)]]),
  writeGeneration: row([() => [stored()]]),
  cachedSteps: row([() => [model]]),
  wholeSteps: row([() => [model]]),
};
