import { type ExplainedError, type Explanation, isExplained } from './explained-error.ts';

type Kind = new (explanation: Explanation, options: ErrorOptions) => ExplainedError;

/**
 * Runs what is made of other functions: their errors name the function that was called, which is the only one that the user wrote.
 * @param caller the function that was called
 * @throws what `run` throws, with the first error as its cause
 * @example
 * inNameOf('longformerLayer', () => 1); // => 1
 */
export function inNameOf<Value>(caller: string, run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    if (!isExplained(error)) throw error;
    const [first = ''] = error.message.split('\n  expected');
    const { expected, got, remedy } = error;
    throw new (error.constructor as Kind)(
      { caller, problem: first.slice(first.indexOf(': ') + 2), expected, got, remedy },
      { cause: error },
    );
  }
}
