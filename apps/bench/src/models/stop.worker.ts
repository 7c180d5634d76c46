import { workerData } from 'node:worker_threads';
import { longformer } from '@longspan/models/longformer';
import { serveModels } from '@longspan/models/worker';
import { type StopBackend, startStopBackend } from './stop-backend.ts';

await startStopBackend(workerData as StopBackend);
serveModels({ families: [longformer] });
