import { isExplained, isRecord } from '@longspan/core-tensor/error';
import type { CheckpointFiles, WeightConversion } from '../pretrained/checkpoint-files.ts';
import { messageOf } from './answer-error.ts';
import type { RepositoryCache } from './cache/repository-cache.ts';
import { isCommit } from './hub-names.ts';
import type { CheckedOptions } from './hub-options.ts';

/** Anyone may propose weights; these are taken from the hub's own converter alone. */
const converter = 'SFconvertbot';
const title = 'Adding `safetensors` variant of this model';

/** Pages of its pull requests that are read at the most: there is one for a repository, as a rule. */
const mostPages = 5;

interface Asking {
  readonly id: string;
  readonly commit: string;
  readonly options: CheckedOptions;
  readonly cache: RepositoryCache;
  readonly request: typeof fetch;
}

/**
 * The weights of a commit in safetensors, as the hub's converter proposes them in a pull request. Only one that is made of that very commit
 * counts: what was pushed since is not in it. What was found is remembered, so that the next load, and one offline, asks nobody.
 * @source `previous_pr` of transformers 4.57 (safetensors_conversion.py)
 * @cost two requests, none where it is remembered or offline
 */
export async function conversionOf(asking: Asking, openAt: (commit: string) => Promise<CheckpointFiles>): Promise<WeightConversion> {
  const { commit, options, cache } = asking;
  const place = `refs/safetensors/${commit}`;
  const kept = await cache.commitOf(place);
  if (isCommit(kept)) return { files: await openAt(kept), revision: kept, reason: `the pull request of ${converter}, found before` };
  if (options.offline === true) return { reason: `offline nobody is asked for a pull request of ${converter}` };
  let found: Found | undefined;
  try {
    found = await find(asking);
  } catch (error) {
    options.signal?.throwIfAborted();
    const got = isExplained(error) ? error.got : messageOf(error);
    return { reason: `the hub did not say whether ${converter} has a pull request: ${got}` };
  }
  if (found === undefined) return { reason: `${converter} has no open pull request made of commit ${commit.slice(0, 7)}` };
  await cache.setCommit(place, found.commit).catch(() => {});
  return { files: await openAt(found.commit), revision: `refs/pr/${found.number}`, reason: `pull request ${found.number} of ${converter}` };
}

interface Found {
  readonly number: number;
  readonly commit: string;
}

async function find({ id, commit, options, request }: Asking): Promise<Found | undefined> {
  const api = `${options.endpoint}/api/models/${id}`;
  for (let page = 0; page < mostPages; page++) {
    const query = new URLSearchParams({ type: 'pull_request', status: 'open', author: converter, p: String(page) });
    const answer: unknown = await (await request(`${api}/discussions?${query}`)).json();
    if (!isRecord(answer) || !Array.isArray(answer['discussions'])) throw new Error('the answer must be a list of pull requests');
    const { discussions, start, count } = answer as { readonly discussions: readonly unknown[]; readonly [name: string]: unknown };
    for (const number of discussions.flatMap(numberOf)) {
      const commits: unknown = await (await request(`${api}/commits/${encodeURIComponent(`refs/pr/${number}`)}`)).json();
      const [own, parent] = Array.isArray(commits) ? commits.map(idOf) : [];
      if (isCommit(own) && parent === commit) return { number, commit: own };
    }
    if (discussions.length === 0 || !(Number(start) + discussions.length < Number(count))) return undefined;
  }
  return undefined;
}

/** The number of an open pull request of the converter. The query has asked for no others; a hub that does not know it sends all. */
function numberOf(discussion: unknown): readonly number[] {
  if (!isRecord(discussion) || discussion['title'] !== title || discussion['status'] !== 'open') return [];
  const { num, author, isPullRequest } = discussion;
  const isIts = isPullRequest === true && isRecord(author) && author['name'] === converter;
  return isIts && Number.isSafeInteger(num) && Number(num) > 0 ? [Number(num)] : [];
}

const idOf = (commit: unknown): unknown => (isRecord(commit) ? commit['id'] : undefined);
