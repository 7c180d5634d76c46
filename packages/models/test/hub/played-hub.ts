import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server does instead of what it should. */
export interface Fault {
  /** An answer of that status. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  /** Breaks the connection after that many bytes of the body. */
  readonly breakAfter?: number;
  /** Changes the byte of the file at that place. */
  readonly wrongAt?: number;
  /** Sends all of the file, whatever range was asked for. */
  readonly withoutRanges?: boolean;
  /** Sends that many bytes more than there are. */
  readonly surplus?: number;
  /** Sends that many bytes, and then nothing for ever. */
  readonly silentAfter?: number;
}

/** One request that came. */
export interface Came {
  readonly kind: 'revision' | 'tree' | 'discussions' | 'commits' | 'resolve' | 'cdn';
  readonly url: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

export interface PlayedHub {
  readonly endpoint: string;
  /** All requests, in turn. */
  readonly came: Came[];
  /** Bytes of files that were sent. */
  sent(): number;
  /** What goes wrong with a request; nothing where it is left out. */
  fault: (came: Came, earlier: number) => Fault | undefined;
  /** A new commit of `main`, with these files. @param stored the names of those that are stored apart (LFS) */
  push(files: Readonly<Record<string, Uint8Array>>, stored?: readonly string[]): string;
  /** A pull request on top of `main`, with files besides: that of the hub's converter, but for what is said. */
  propose(files: Readonly<Record<string, Uint8Array>>, words?: Partial<Proposal>): { readonly number: number; readonly commit: string };
  close(): Promise<void>;
}

const digest = (algorithm: 'sha1' | 'sha256', ...parts: readonly (string | Uint8Array)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash(algorithm)).digest('hex');

export const sha256 = (bytes: Uint8Array): string => digest('sha256', bytes);
export const gitHash = (bytes: Uint8Array): string => digest('sha1', `blob ${bytes.length}\0`, bytes);

/** What the hub says of a pull request. */
interface Proposal {
  readonly title: string;
  readonly status: string;
  readonly author: string;
  readonly isPullRequest: boolean;
  readonly commit: string;
  readonly parent: string;
}

interface Commit {
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly stored: readonly string[];
}

/**
 * A hub with one repository, as huggingface.co answers: its interface in pages of two files, files of git sent by itself, stored ones by a
 * redirect to another origin.
 */
export async function playHub(repository = 'org/tiny'): Promise<PlayedHub> {
  const commits = new Map<string, Commit>();
  const proposals: Proposal[] = [];
  const commitOf = (revision: string): string =>
    revision === 'main' ? main : (proposals[Number(/^refs\/pr\/(\d+)$/.exec(revision)?.[1]) - 1]?.commit ?? revision);
  let main = '';
  let sent = 0;
  const came: Came[] = [];
  const note = (kind: Came['kind'], { url = '', headers }: IncomingMessage): { readonly fault: Fault; readonly url: URL } => {
    const each: Came = { kind, url, authorization: headers.authorization, range: headers.range };
    const fault = hub.fault(each, came.filter((other) => other.kind === kind).length);
    came.push(each);
    return { fault: fault ?? {}, url: new URL(url, 'http://localhost') };
  };
  const sendFile = (request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, fault: Fault, headers: object): void => {
    const begin = fault.withoutRanges ? 0 : Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const partly = request.headers.range !== undefined && !fault.withoutRanges;
    const body = Buffer.from(bytes.subarray(begin));
    if (fault.wrongAt !== undefined && fault.wrongAt >= begin) body[fault.wrongAt - begin] = (body[fault.wrongAt - begin] as number) ^ 1;
    const whole = Buffer.concat([body, Buffer.alloc(fault.surplus ?? 0)]);
    const range = partly ? { 'content-range': `bytes ${begin}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(partly ? 206 : 200, { ...headers, ...range, 'content-length': whole.length });
    const end = fault.breakAfter ?? fault.silentAfter ?? whole.length;
    const part = whole.subarray(0, end);
    sent += part.length;
    if (fault.silentAfter !== undefined) response.write(part);
    else if (part.length === whole.length) response.end(part);
    else response.write(part, () => setTimeout(() => response.destroy(), 2)); // the bytes go out first
  };
  const cdn = await listen((request, response) => {
    const { fault, url } = note('cdn', request);
    if (fault.status !== undefined) return void response.writeHead(fault.status, fault.headers).end(fault.text);
    const [, commit = '', ...name] = url.pathname.split('/');
    sendFile(request, response, commits.get(commit)?.files[name.map(decodeURIComponent).join('/')] as Uint8Array, fault, {
      etag: '"of-the-cdn"',
    });
  });
  const server = await listen((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '', 'http://localhost').pathname);
    const api = `/api/models/${repository}/`;
    const kind = (['revision', 'tree', 'discussions', 'commits'] as const).find((each) => path.startsWith(`${api}${each}`)) ?? 'resolve';
    const { fault, url } = note(kind, request);
    if (fault.status !== undefined) return void response.writeHead(fault.status, fault.headers).end(fault.text);
    const json = (content: unknown, headers: object = {}): void =>
      void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(content));
    const refuse = (code: string): void => void response.writeHead(404, { 'x-error-code': code, 'x-error-message': 'not found' }).end();
    if (kind === 'revision') {
      const revision = path.slice(`${api}revision/`.length);
      const commit = commitOf(revision);
      if (!commits.has(commit)) return refuse('RevisionNotFound');
      return json({
        _id: '1',
        id: repository,
        sha: commit,
        private: false,
        downloads: 0,
        gated: false,
        likes: 0,
        lastModified: '2026-01-01T00:00:00.000Z',
      });
    }
    if (kind === 'discussions') {
      const start = Number(url.searchParams.get('p') ?? 0); // one on each page
      const page = proposals.slice(start, start + 1).map(({ author, commit: _, parent: __, ...words }) => ({
        num: start + 1,
        author: { name: author },
        ...words,
      }));
      return json({ discussions: page, count: proposals.length, start });
    }
    if (kind === 'commits') {
      const proposal = proposals[Number(path.slice(`${api}commits/refs/pr/`.length)) - 1];
      if (proposal === undefined) return refuse('RevisionNotFound');
      return json(
        [proposal.commit, proposal.parent].map((id) => ({ id, title: 'A commit', authors: [], date: '2026-01-01T00:00:00.000Z' })),
      );
    }
    const [name, revision = '', rest] =
      kind === 'tree' ? ['', path.slice(`${api}tree/`.length)] : (/^\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(path) ?? []).slice(1);
    const commitName = commitOf(revision);
    const commit = commits.get(commitName);
    if (commit === undefined) return refuse('RevisionNotFound');
    if (kind === 'tree') {
      const page = Number(url.searchParams.get('page') ?? 0);
      const entries = Object.entries(commit.files).map(([file, bytes]) => entryOf(file, bytes, commit.stored.includes(file)));
      const next = `<${hub.endpoint}${url.pathname}?recursive=true&page=${page + 1}>; rel="next"`;
      return json(entries.slice(2 * page, 2 * page + 2), 2 * page + 2 < entries.length ? { link: next } : {});
    }
    const bytes = commit.files[rest ?? ''];
    if (name !== repository || bytes === undefined) return refuse('EntryNotFound');
    const headers = { 'x-repo-commit': commitName };
    if (!commit.stored.includes(rest ?? '')) return sendFile(request, response, bytes, fault, { ...headers, etag: `"${gitHash(bytes)}"` });
    const location = `${addressOf(cdn)}/${commitName}/${(rest ?? '').split('/').map(encodeURIComponent).join('/')}`;
    response.writeHead(302, { ...headers, location, 'x-linked-etag': `"${sha256(bytes)}"`, 'x-linked-size': bytes.length }).end();
  });
  const hub: PlayedHub = {
    endpoint: addressOf(server),
    came,
    sent: () => sent,
    fault: () => undefined,
    push(files, stored = []) {
      main = digest('sha1', `${commits.size}`, ...Object.entries(files).flat());
      commits.set(main, { files, stored });
      return main;
    },
    propose(files, words = {}) {
      const commit = digest('sha1', `proposal ${proposals.length}`, ...Object.entries(files).flat());
      const { files: before = {}, stored = [] } = commits.get(main) ?? {};
      commits.set(commit, { files: { ...before, ...files }, stored: [...stored, ...Object.keys(files)] });
      const title = 'Adding `safetensors` variant of this model';
      proposals.push({ title, status: 'open', author: 'SFconvertbot', isPullRequest: true, commit, parent: main, ...words });
      return { number: proposals.length, commit };
    },
    close: async () => {
      await Promise.all([cdn, server].map(stop));
    },
  };
  return hub;
}

const entryOf = (path: string, bytes: Uint8Array, stored: boolean): object =>
  stored
    ? {
        type: 'file',
        path,
        size: bytes.length,
        oid: digest('sha1', path),
        lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 },
      }
    : { type: 'file', path, size: bytes.length, oid: gitHash(bytes) };

/** What lets pages of other origins ask, as huggingface.co and its store do. */
const forPages = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, range',
  'access-control-expose-headers':
    'x-repo-commit, x-error-code, x-error-message, etag, link, accept-ranges, content-range, x-linked-size, x-linked-etag',
};

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(forPages)) response.setHeader(name, value);
    if (request.method === 'OPTIONS') response.writeHead(204).end();
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
