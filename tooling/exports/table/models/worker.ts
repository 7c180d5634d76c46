import { createKey } from '@longspan/core-tensor';
import { bert } from '@longspan/models/bert';
import { type ModelInWorker, serveModels } from '@longspan/models/worker';
import { row, type Table } from '../../row.ts';
import { checkpointFiles } from '../models.ts';

/** What a worker is to the page, at the end of a channel. */
function inThread() {
  const { port1, port2 } = new MessageChannel();
  setTimeout(() => serveModels({ families: [bert], port: port2 }));
  port1.start();
  const terminate = () => port1.close();
  return Object.assign(port1, { terminate, on: undefined }); // by which Node's are told
}

const options = () => ({
  family: 'bert',
  head: 'model',
  config: { typeVocabSize: 2 },
  precision: 'float16',
  dtype: 'fp16',
  key: createKey(1),
  weights: 'model.safetensors',
  progress: () => {},
  signal: new AbortController().signal,
  blockSize: 8,
});

const thrown = { unchecked: 'thrown, not called' };

export const workerTable: Table = {
  modelInWorker: row(
    [() => [inThread, checkpointFiles(), options()]],
    { '2': ['record', 'bare'] }, // all options may be left out
    { after: (made) => (made as ModelInWorker).dispose() },
  ),
  serveModels: row([() => [{ families: [bert], port: new MessageChannel().port1 }]]),
  WorkerError: thrown,
};
