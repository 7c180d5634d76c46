import { ConfigError } from '@longspan/core-tensor/error';
import { messageOf } from '../endpoint.ts';

/** What an engine says of data that cannot be sent to a worker, in words; every other error as it came. */
export function cloneError(caller: string, error: unknown): unknown {
  if ((error as { readonly name?: unknown } | null | undefined)?.name !== 'DataCloneError') return error;
  return new ConfigError(
    {
      caller,
      problem: 'what a worker is given must be data that another thread can have.',
      expected: 'numbers, texts, lists and records of them, and arrays whose memory was not handed over before',
      got: messageOf(error),
      remedy: 'leave the rest out, or give a copy that was made before it was handed over.',
    },
    { cause: error },
  );
}
