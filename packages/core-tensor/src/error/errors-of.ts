import { ConfigError } from './config-error.ts';
import type { Explanation } from './explained-error.ts';
import { FileError } from './file-error.ts';
import { ShapeError } from './shape-error.ts';

/** All of an error but the function that was called. */
export type Reason = Omit<Explanation, 'caller'>;

export interface ErrorsOf {
  config(reason: Reason): ConfigError;
  shape(reason: Reason): ShapeError;
  file(reason: Reason): FileError;
}

/**
 * The errors of one function, for a file in which many are thrown.
 * @example
 * errorsOf('softCap').config({ problem: 'cap must be above 0.', expected: 'a number above 0', got: '-1', remedy: 'leave it out.' }).name; // => 'ConfigError'
 */
export const errorsOf = (caller: string): ErrorsOf => ({
  config: (reason) => new ConfigError({ caller, ...reason }),
  shape: (reason) => new ShapeError({ caller, ...reason }),
  file: (reason) => new FileError({ caller, ...reason }),
});
