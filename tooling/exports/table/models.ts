import { rmSync } from 'node:fs';
import { createKey, type SafetensorsTensor, writeSafetensors } from '@longspan/core-tensor';
import { stamped } from '@longspan/core-tensor/error';
import { bert, bertModel } from '@longspan/models/bert';
import { sentenceLayer } from '@longspan/models/pooling';
import { zeros } from '@tensorflow/tfjs-core';
import { row, type Table } from '../row.ts';

const config = () => ({ vocabSize: 9, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 6 });

const tensors = (): Readonly<Record<string, SafetensorsTensor>> =>
  Object.fromEntries(
    Object.entries(bertModel(config()).spec).map(([name, { shape }]) => {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      return [name, { dtype: 'F32', shape, values }] as const;
    }),
  );

/** Whatever files there are, a checkpoint has those that it needs. */
export const checkpointFiles = () => ({
  where: 'memory',
  open: async (name: string) =>
    ({
      'config.json': new Blob([JSON.stringify({ ...config(), model_type: 'bert', architectures: ['BertModel'] })]),
      'model.safetensors': new Blob([writeSafetensors({ tensors: tensors() })]),
    })[name],
});

const options = () => ({
  family: bert,
  head: 'model',
  config: { typeVocabSize: 2 },
  precision: 'float16',
  dtype: 'fp16',
  key: createKey(1),
  weights: 'model.safetensors',
  sentence: true,
  progress: () => {},
  signal: new AbortController().signal,
  wrapLayer: <L>(layer: L): L => layer,
  blockSize: 8,
});

export const sentence = () =>
  stamped({
    pooling: { width: 4, modes: ['mean'], includePrompt: true },
    dense: [],
    normalize: true,
    maxSeqLength: 4,
    layer: sentenceLayer({ width: 4, modes: ['mean'], normalize: true }),
    parameters: {},
    files: {},
  });

const saved = () => ({
  family: bert,
  head: 'model',
  config: bert.config(config()),
  parameters: bertModel(config()).init(createKey(1)),
  json: {},
  sentence: sentence(),
});
const sink = () => ({ where: 'nowhere', write: async () => {} });
const savedAs = () => ({ precision: 'float16', signal: new AbortController().signal });

export const modelsTable: Table = {
  fromPretrained: row([() => [checkpointFiles(), options()]], { '1': ['record', 'bare'] }), // all options may be left out
  modelParameters: row([() => [bert, bert.config(config()), bertModel(config()), { 'embeddings.LayerNorm.gamma': zeros([4]) }]], {
    '1.*': ['null'],
    '3.embeddings.LayerNorm.*': ['misspelt', 'rank', 'empty', 'dtype'], // shapes are the model's to check
  }),
  pretrainedFiles: row([() => [saved(), savedAs()]], { '0.config.*': ['null'] }),
  savePretrained: row(
    [() => [saved(), sink(), savedAs()]],
    { '0.config.*': ['null'], '1': ['text'] },
    { after: () => rmSync('no such text', { recursive: true, force: true }) },
  ),
};
