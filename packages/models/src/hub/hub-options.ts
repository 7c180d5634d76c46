import { type ErrorsOf, requireKnown, show } from '@longspan/core-tensor/error';
import { isFileName, isRevision } from './hub-names.ts';
import type { LoadProgress } from './progress.ts';

/** What a load from the hub can be told. */
export interface HubOptions {
  /** A branch, a tag, a commit or a pull request's `refs/pr/1`; `main` where it is left out. */
  readonly revision?: string | undefined;
  /** Of a private or gated repository: `hf_…`. It is sent to the endpoint's origin alone. */
  readonly token?: string | undefined;
  /** The hub's address, where it is not https://huggingface.co. */
  readonly endpoint?: string | undefined;
  /**
   * Where files are kept. In Node a folder, by default that of the Python library (HF_HUB_CACHE, HF_HOME/hub or ~/.cache/huggingface/hub);
   * in a page the name of a cache of its origin, by default `longspan-hub`. False keeps nothing: files are held in memory.
   */
  readonly cache?: string | false | undefined;
  /** Takes what the cache has and asks nobody. */
  readonly offline?: boolean | undefined;
  /** Files that will be opened: `progress_total` counts them from the start. */
  readonly files?: readonly string[] | undefined;
  readonly progress?: ((event: LoadProgress) => void) | undefined;
  /** Stops the load; what has come is kept, and the next load goes on from there. */
  readonly signal?: AbortSignal | undefined;
}

/** Options that were checked, with what stands for those that were left out. */
export interface CheckedOptions extends Omit<HubOptions, 'revision' | 'endpoint' | 'files'> {
  readonly revision: string;
  readonly endpoint: string;
  readonly files: readonly string[];
}

/** @throws ConfigError that names the option, what it must be and what came */
export function checkOptions(caller: string, errors: ErrorsOf, options: HubOptions): CheckedOptions {
  requireKnown<HubOptions>(caller, options, {
    revision: 'text',
    token: 'text',
    endpoint: 'text',
    cache: true,
    offline: 'flag',
    files: 'list',
    progress: 'function',
    signal: true,
  });
  const { revision = 'main', endpoint = 'https://huggingface.co', files = [], token, cache } = options;
  if (!isRevision(revision)) {
    throw errors.config({
      problem: 'revision must be the name of a branch, a tag or a commit.',
      expected: "'main', 'v1.0', a commit of 40 digits, or 'refs/pr/1'",
      got: show(revision),
      remedy: "leave it out for 'main', or copy it from the page of the repository, under Files.",
    });
  }
  if (!isAddress(endpoint)) {
    throw errors.config({
      problem: 'endpoint must be the address of a hub.',
      expected: "an address by http or https: 'https://huggingface.co'",
      got: endpoint.includes('@') ? 'one with a name before its host' : show(endpoint), // never a password
      remedy: 'leave it out, or write https:// before the host.',
    });
  }
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw errors.config({
      problem: 'token must be one that a header can carry.',
      expected: "'hf_…', without blanks",
      got: token === '' ? 'an empty text' : 'a text with other signs', // never the token itself
      remedy: 'leave it out for public repositories, or copy it anew from the settings of your account.',
    });
  }
  if (cache !== undefined && cache !== false && (typeof cache !== 'string' || cache === '')) {
    throw errors.config({
      problem: 'cache must be the name of a place, or false.',
      expected: 'in Node a folder, in a page the name of a cache; false to keep nothing',
      got: show(cache),
      remedy: 'leave it out for the folder that Python uses too.',
    });
  }
  const odd = files.find((name) => !isFileName(name));
  if (odd !== undefined) throw wrongName(errors, odd);
  return { ...options, revision, endpoint: endpoint.replace(/\/+$/, ''), files };
}

/** The error for a name that could lead out of the repository. */
export const wrongName = (errors: ErrorsOf, name: unknown): Error =>
  errors.config({
    problem: 'a file must be named by its path within the repository.',
    expected: "'model.safetensors', '1_Pooling/config.json'",
    got: show(name),
    remedy: 'check the name; where it stands in a file of the checkpoint (an index of shards), that file is not to be trusted.',
  });

function isAddress(text: string): boolean {
  try {
    const { protocol, username, password } = new URL(text);
    return ['http:', 'https:'].includes(protocol) && username === '' && password === '';
  } catch {
    return false;
  }
}
