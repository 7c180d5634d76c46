import type { ErrorsOf } from '@longspan/core-tensor/error';
import { type Asked, answerError, unreachable } from './answer-error.ts';
import { pause } from './pause.ts';

/** What reaches the world, for tests to stand in for. */
export interface World {
  readonly fetch: typeof fetch;
  readonly pause: typeof pause;
  /** Milliseconds without a byte after which a connection is given up. */
  readonly patience: number;
}

export const realWorld: World = { fetch: (...given) => fetch(...given), pause, patience: 60_000 };

/** Times that something is tried before an error is told. */
export const mostTries = 5;

/** Seconds that a server may make us wait; who asks for more is told to the user. */
const longestWait = 60;

/** Answers that another try may better. */
const passing: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** Milliseconds before the next try: one second, then twice as long each time. */
export const backoff = (tries: number): number => 1000 * 2 ** (tries - 1);

interface Credentials {
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A `fetch` that gives good answers only: it tries again what may pass, waits as it is told to, and says what any other answer means. The
 * token goes to the endpoint alone; a redirect to another origin leaves it behind, as the standard of fetch says.
 * @throws FileError; what the signal was aborted with
 */
export const requests =
  (asked: Asked, errors: ErrorsOf, world: World, { token, signal }: Credentials): typeof fetch =>
  async (input, init = {}) => {
    const url = new URL(typeof input === 'object' && 'url' in input ? input.url : input);
    const headers = new Headers(init.headers);
    headers.delete('authorization');
    if (token !== undefined && url.origin === new URL(asked.endpoint).origin) headers.set('authorization', `Bearer ${token}`);
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted();
      const { answer, failure } = await world.fetch(url, { ...init, headers, ...(signal === undefined ? {} : { signal }) }).then(
        (each): Outcome => ({ answer: each }),
        (error: unknown): Outcome => ({ failure: error }),
      );
      signal?.throwIfAborted();
      if (answer?.ok) return answer;
      const wait = secondsOf(answer?.headers.get('retry-after'));
      const goOn = tries < mostTries && (wait ?? 0) <= longestWait;
      if (answer === undefined) {
        if (!goOn) throw unreachable(asked, errors, url, failure, tries);
      } else {
        await answer.body?.cancel(); // its connection is free again
        if (!goOn || !passing.includes(answer.status)) throw answerError(asked, errors, url, answer, tries);
      }
      await world.pause(wait === undefined ? backoff(tries) : 1000 * wait, signal);
    }
  };

interface Outcome {
  readonly answer?: Response;
  readonly failure?: unknown;
}

/** Retry-After: seconds, or the time of day. */
function secondsOf(header: string | null | undefined): number | undefined {
  if (header === null || header === undefined || header === '') return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}
