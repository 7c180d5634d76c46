import { ExplainedError } from './explained-error.ts';

/** Bytes that were to be read, or written, are not what their format allows. */
export class FileError extends ExplainedError {
  override readonly name: string = 'FileError';
}
