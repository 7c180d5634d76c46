export type { HostTensor } from './crossing/host-tensor.ts';
export type { AnyWorker } from './endpoint.ts';
export type { WorkerGenerateOptions, WorkerGeneration } from './page/generation-in-worker.ts';
export {
  type InWorkerOptions,
  type ModelInWorker,
  modelInWorker,
  type SentenceInWorker,
  type WorkerContext,
  type WorkerOutput,
} from './page/model-in-worker.ts';
export type { HostIds } from './page/sent-context.ts';
export type { Stopping } from './page/worker-line.ts';
export { type ServeOptions, serveModels } from './served/serve-models.ts';
export type { SentStep } from './served/served-generation.ts';
export type { LoadedFacts, SentenceFacts } from './served/served-model.ts';
export { WorkerError } from './worker-error.ts';
