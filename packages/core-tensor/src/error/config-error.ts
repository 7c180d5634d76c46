import { ExplainedError } from './explained-error.ts';

/** An option, a hyper-parameter or a combination of them is not possible. */
export class ConfigError extends ExplainedError {
  override readonly name: string = 'ConfigError';
}
