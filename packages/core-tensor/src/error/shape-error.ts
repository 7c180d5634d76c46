import { ExplainedError } from './explained-error.ts';

/** A tensor's shape, rank or dtype does not fit the others of the same call. */
export class ShapeError extends ExplainedError {
  override readonly name: string = 'ShapeError';
}
