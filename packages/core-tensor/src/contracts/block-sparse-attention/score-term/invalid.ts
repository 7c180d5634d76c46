import { ConfigError } from '../../../error/index.ts';

/** An option of a term, or of the call, that is out of its range. */
export const invalid = (caller: string, option: string, expected: string, got: string, remedy: string): ConfigError =>
  new ConfigError({ caller, problem: `${option} must be ${expected}.`, expected, got, remedy });
