// The two questions of ./node.ts for a page. @huggingface/hub names its build for browsers by `browser` beside `exports`, and bundlers that
// go by `exports` alone (esbuild) take the build for Node, which no page can load.
import { isRecord } from '@longspan/core-tensor/error';
import type { HubEntry, HubInterface } from './hub-interface.ts';

export const askCommit: HubInterface['askCommit'] = async ({ endpoint, repository, revision, request }) => {
  const answer = await request(`${endpoint}/api/models/${repository}/revision/${encodeURIComponent(revision)}?expand=sha`);
  const info: unknown = await answer.json();
  return isRecord(info) ? info['sha'] : undefined;
};

export const askEntries: HubInterface['askEntries'] = async ({ endpoint, repository, revision, request }) => {
  const found: HubEntry[] = [];
  let address: string | undefined = `${endpoint}/api/models/${repository}/tree/${encodeURIComponent(revision)}?recursive=true&expand=false`;
  while (address !== undefined) {
    const answer: Response = await request(address);
    const entries: unknown = await answer.json();
    if (!Array.isArray(entries) || !entries.every(isEntry)) throw new Error('the answer must be a list of files');
    found.push(...entries);
    address = /<([^>]+)>;\s*rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]; // long lists come in pages
  }
  return found;
};

const isEntry = (entry: unknown): entry is HubEntry => isRecord(entry) && typeof entry['path'] === 'string';
