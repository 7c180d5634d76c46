import { ConfigError, ExplainedError, type Explanation, FileError, isExplained, ShapeError } from '@longspan/core-tensor/error';
import { messageOf } from '../endpoint.ts';
import { WorkerError } from '../worker-error.ts';

/** An error on its way to another thread, which would lose its class and its fields. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of our errors. */
  readonly explanation: Explanation | undefined;
  readonly isDOMException: boolean;
}

/** What a call in the worker gave. */
export type Answer<Value> = { readonly value: Value } | { readonly failed: SentError };

export async function answered<Value>(run: () => Promise<Value>): Promise<Answer<Value>> {
  try {
    return { value: await run() };
  } catch (error) {
    return { failed: sent(error) };
  }
}

/** @param caller whom an error names, where it is not the function in the worker */
export function unwrapped<Value>(answer: Answer<Value>, caller?: string): Value {
  if (!('failed' in answer)) return answer.value;
  const { explanation } = answer.failed;
  const named =
    explanation === undefined || caller === undefined ? answer.failed : { ...answer.failed, explanation: { ...explanation, caller } };
  throw received(named);
}

function sent(error: unknown): SentError {
  const { name = 'Error', stack } = (error ?? {}) as Partial<Error>;
  return {
    name: String(name),
    message: messageOf(error),
    stack,
    explanation: isExplained(error) ? explanationOf(error) : undefined,
    isDOMException: Object.prototype.toString.call(error) === '[object DOMException]',
  };
}

function explanationOf({ message, expected, got, remedy }: ExplainedError): Explanation {
  const [first = ''] = message.split('\n  expected');
  const colon = first.indexOf(': ');
  return { caller: first.slice(0, colon), problem: first.slice(colon + 2), expected, got, remedy };
}

const classes = { ConfigError, ExplainedError, FileError, ShapeError, WorkerError } as const;

/** The same error again: of its class where it is one of ours, with its name where it is not. */
function received({ name, message, stack, explanation, isDOMException }: SentError): Error {
  if (isDOMException) return new DOMException(message, name);
  const known = Object.hasOwn(classes, name) ? classes[name as keyof typeof classes] : ExplainedError;
  const error = explanation === undefined ? new Error(message) : new known(explanation);
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true });
  return Object.defineProperty(error, 'stack', { value: stack ?? error.stack, configurable: true, writable: true });
}
