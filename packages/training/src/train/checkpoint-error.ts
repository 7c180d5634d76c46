import { FileError } from '@longspan/core-tensor/error';
import { reasonOf } from '../checkpoint/reason-of.ts';
import type { Trained } from './options.ts';

/** A checkpoint could not be written. What was trained until then is not lost with it: it is `trained`, of whoever catches the error. */
export class CheckpointError extends FileError {
  override readonly name: string = 'CheckpointError';
  readonly trained: Trained;

  /** @param cause what the store threw */
  constructor(cause: unknown, trained: Trained) {
    super(
      {
        caller: 'train',
        problem: 'a checkpoint must be written.',
        expected: 'a store that takes it',
        got: reasonOf(cause),
        remedy: `the weights after step ${trained.step} are in this error: save error.trained.parameters elsewhere; mend the place, and the run goes on from its last checkpoint.`,
      },
      { cause },
    );
    this.trained = trained;
  }
}
