import { ConfigError, show } from '@longspan/core-tensor/error';

/** Throws unless it is the signal of an AbortController, of whatever realm, or left out. */
export function requireSignal(caller: string, signal: unknown): void {
  if (signal === undefined || (typeof signal === 'object' && signal !== null && 'throwIfAborted' in signal)) return;
  throw new ConfigError({
    caller,
    problem: 'signal must be an AbortSignal.',
    expected: 'new AbortController().signal',
    got: show(signal),
    remedy: 'give the signal of an AbortController, or leave it out.',
  });
}
