import type { ErrorsOf, FileError, Reason } from '@longspan/core-tensor/error';

/** What was asked for, for the errors of it. */
export interface Asked {
  readonly endpoint: string;
  readonly repository: string;
  readonly revision: string;
  readonly token: boolean;
  /** The commit that a cache has of that revision. */
  readonly kept?: string | undefined;
  /** That nothing is known of the repository yet: its name may be a folder's that is not there. */
  readonly isFirst?: boolean | undefined;
}

/** What an answer that is no good one means, and what to do about it. */
export function answerError(asked: Asked, errors: ErrorsOf, url: URL, answer: Response, tries: number): FileError {
  const said = answer.headers.get('x-error-message');
  const code = answer.headers.get('x-error-code');
  const from = new URL(answer.url === '' ? url : answer.url); // where a redirect led to, without what it is signed with
  const got = `${answer.status}${code === null ? '' : ` ${code}`}${said === null ? '' : `: ${said}`} from ${from.origin}${from.pathname}`;
  const { isUnknown = false, ...reason } = from.origin === new URL(asked.endpoint).origin ? reasonOf(asked, answer, code) : ofTheStore;
  const often = tries === 1 ? got : `${got}, ${tries} times`;
  return errors.file(asked.isFirst && isUnknown ? orOfFolder(asked, { ...reason, got: often }) : { ...reason, got: often });
}

/** The same reason for one who may have meant a folder. */
export const orOfFolder = ({ repository }: Asked, { problem, expected, got, remedy }: Reason): Reason => ({
  problem,
  expected,
  got: `${got}; there is no folder ${repository} here, so it was taken for an id of the hub`,
  remedy: `${remedy} If a folder was meant, check its path, which starts from where the program was started (in a page: './${repository}').`,
});

/** What the hub's answer means, and whether it may be that it has no such repository. */
type ReasonOfAnswer = Omit<Reason, 'got'> & { readonly isUnknown?: boolean };

/** The hub has let the file be read, and sent us on to where it lies. */
const ofTheStore: ReasonOfAnswer = {
  problem: 'the store to which the hub leads must give the file.',
  expected: 'status 200 or 206',
  remedy: 'try again, for its addresses hold for a while only, and check the clock and any proxy between here and it.',
};

function reasonOf(asked: Asked, { status, headers }: Response, code: string | null): ReasonOfAnswer {
  const { endpoint, repository, revision, token } = asked;
  const page = `${endpoint}/${repository}`;
  const otherToken = token ? 'check that the token is still valid and may read it' : 'give token (hf_…), of an account that may read it';
  if (status === 404 && code === 'RevisionNotFound') {
    return {
      problem: 'the revision must be one of the repository.',
      expected: `a branch, tag or commit of ${repository}`,
      remedy: `look ${revision} up under ${page}/tree/main; a branch may have been moved or removed.`,
    };
  }
  if (status === 404 && code === 'EntryNotFound') {
    return {
      problem: 'the hub must have the file that it lists.',
      expected: `a file of ${repository} at ${revision}`,
      remedy: 'try again: the repository may have been changed at this moment.',
    };
  }
  if (code === 'GatedRepo' || status === 403) {
    return {
      problem: 'the account must have been given access to the repository.',
      expected: `a token of an account that has accepted the conditions of ${repository}`,
      remedy: token ? `open ${page}, accept its conditions, and try again.` : `open ${page}, accept its conditions, and give token (hf_…).`,
    };
  }
  if (status === 401 || status === 404) {
    return {
      problem: 'the hub must know the repository, and let it be read.',
      expected: `a public repository called ${repository}, or a token that may read it`,
      remedy: `check the spelling at ${page}; if it is private, ${otherToken}.`,
      isUnknown: true,
    };
  }
  if (status === 429) {
    const after = headers.get('retry-after');
    return {
      problem: 'the hub must be asked less often.',
      expected: 'an answer with the file',
      remedy: `try again ${after === null ? 'later' : `after ${after}${/^\d+$/.test(after) ? ' seconds' : ''}`}; with a token more requests are free.`,
    };
  }
  return {
    problem: 'the hub must answer with what it was asked for.',
    expected: 'status 200 or 206',
    remedy:
      status >= 500 ? `try again later${orOffline(asked)}; what has come is kept.` : `check endpoint, and any proxy between it and here.`,
  };
}

/** No answer came at all. */
export function unreachable(asked: Asked, errors: ErrorsOf, url: URL, failure: unknown, tries: number): FileError {
  const reason: Reason = {
    problem: 'the hub must be within reach.',
    expected: `an answer from ${url.origin}`,
    got: `none, ${tries} times: ${messageOf(failure)}`,
    remedy: `check the network${orOffline(asked)}.`,
  };
  return errors.file(asked.isFirst && asked.kept === undefined ? orOfFolder(asked, reason) : reason);
}

const orOffline = ({ kept }: Asked): string =>
  kept === undefined ? '' : `, or write offline: true to go on with what the cache has (commit ${kept.slice(0, 7)})`;

/** What an error says, and what lies behind it: fetch itself says no more than "fetch failed". */
export function messageOf(error: unknown): string {
  const { message, cause } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly message?: unknown;
    readonly cause?: unknown;
  };
  const own = typeof message === 'string' ? message : String(error);
  return cause === undefined ? own : `${own} (${messageOf(cause)})`;
}
