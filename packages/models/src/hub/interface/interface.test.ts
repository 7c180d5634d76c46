import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlayedHub, playHub } from '../../../test/hub/played-hub.ts';
import * as library from './node.ts';
import * as page from './page.ts';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

let hub: PlayedHub;
let commit: string;
beforeAll(async () => {
  hub = await playHub();
  commit = hub.push({ a: text('1'), 'b/c': text('22'), d: text('333'), e: text('4444'), f: text('5') }, ['d']);
});
afterAll(() => hub.close());

describe.each([
  ['the library, in Node', library],
  ['two requests, in a page', page],
])('%s', (_, { askCommit, askEntries }) => {
  it('says which commit a branch is, and which files a commit has, over several pages', async () => {
    const question = { endpoint: hub.endpoint, repository: 'org/tiny', request: fetch };
    expect(await askCommit({ ...question, revision: 'main' })).toBe(commit);
    const entries = await askEntries({ ...question, revision: commit });
    expect(entries.map(({ path, size, lfs }) => [path, size, lfs?.size])).toEqual([
      ['a', 1, undefined],
      ['b/c', 2, undefined],
      ['d', 3, 3],
      ['e', 4, undefined],
      ['f', 1, undefined],
    ]);
  });
});
