import { ExplainedError } from '@longspan/core-tensor/error';

/** The worker of a model has died or was ended, with what it had been asked. */
export class WorkerError extends ExplainedError {
  override readonly name: string = 'WorkerError';
}
