import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withBackend } from '@longspan/tooling/expect';
import { memory, type Tensor } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkpointOf, json, smallConfig, smallWeights } from '../../test/checkpoint.ts';
import { fromPretrained } from './from-pretrained.ts';
import type { NamedBytes } from './given-files.ts';
import { savePretrained } from './save-pretrained.ts';

let source: Readonly<Record<string, Uint8Array>>;
beforeAll(async () => {
  await withBackend('cpu');
  source = checkpointOf(await smallWeights()) as Readonly<Record<string, Uint8Array>>;
});

const dataOf = async (tensor: Tensor | undefined): Promise<readonly number[]> => Array.from((await tensor?.data()) ?? []);

async function expectSame(found: Awaited<ReturnType<typeof fromPretrained>>): Promise<void> {
  const own = await fromPretrained(source);
  expect(Object.keys(found.parameters)).toEqual(Object.keys(own.parameters));
  for (const [name, tensor] of Object.entries(own.parameters)) expect(await dataOf(found.parameters[name])).toEqual(await dataOf(tensor));
  for (const each of [own, found]) each.dispose();
}

interface Manner {
  /** Whether it answers ranges with ranges. */
  readonly ranges: boolean;
  /** Whether a page of another origin would see how long a file is. */
  readonly hidden?: boolean;
  /** Bytes of each answer, at the most, after which the connection breaks. */
  readonly breaksAfter?: number;
  readonly status?: number;
  readonly etag?: () => string;
  /** Whether a page stands for files that are not there, as development servers have it. */
  readonly page?: boolean;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function served(
  files: Readonly<Record<string, Uint8Array>>,
  manner: Manner,
): Promise<{ readonly address: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '').replace('/some folder/'.replaceAll(' ', '%20'), ''));
    const bytes = files[name];
    asked.push(`${request.method} ${name} ${request.headers.range ?? ''}`.trimEnd());
    if (manner.status !== undefined) return void response.writeHead(manner.status).end();
    if (bytes === undefined && manner.page) return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
    if (bytes === undefined) return void response.writeHead(404).end('<!doctype html>');
    const range = manner.ranges ? /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') : null;
    if (range !== null && bytes.length === 0) return void response.writeHead(416, { 'content-range': 'bytes */0' }).end();
    const [begin, end] = range === null ? [0, bytes.length] : [Number(range[1]), Math.min(bytes.length, Number(range[2]) + 1)];
    response.writeHead(range === null ? 200 : 206, {
      'content-length': end - begin,
      ...(range !== null && !manner.hidden ? { 'content-range': `bytes ${begin}-${end - 1}/${bytes.length}` } : {}),
      ...(manner.etag === undefined ? {} : { etag: manner.etag() }),
    });
    if (request.method === 'HEAD') return void response.end();
    const part = bytes.subarray(begin, end);
    if (manner.breaksAfter !== undefined && part.length > manner.breaksAfter) {
      response.write(part.subarray(0, manner.breaksAfter), () => response.destroy());
    } else response.end(part);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/some%20folder`, asked };
}

describe('an address', () => {
  it('is read in ranges, the header and the weights in a few', async () => {
    const { address, asked } = await served(source, { ranges: true, etag: () => '"1"' });
    await expectSame(await fromPretrained(address));
    expect(asked).toEqual(['modules.json', 'config.json', 'model.safetensors'].map((name) => `GET ${name} bytes=0-65535`));
  });

  it('of a longer file is read ahead, each byte once', async () => {
    const long = { ...smallConfig, vocab_size: 3000, hidden_size: 16 };
    const { bert, bertModel } = await import('../family/bert/index.ts');
    const { createKey } = await import('@longspan/core-tensor');
    const config = bert.config(long);
    const sink: { files: Record<string, Uint8Array> } = { files: {} };
    const write = async (files: readonly { readonly name: string; readonly chunks: AsyncIterable<Uint8Array> }[]) => {
      for (const { name, chunks } of files) {
        const parts: Uint8Array[] = [];
        for await (const chunk of chunks) parts.push(chunk.slice());
        sink.files[name] = new Uint8Array(Buffer.concat(parts));
      }
    };
    const parameters = bertModel(config).init(createKey(1));
    await savePretrained({ family: bert, head: 'model', config, parameters }, { where: 'memory', write });
    const { address, asked } = await served(sink.files, { ranges: true });
    const found = await fromPretrained(new URL(address));
    for (const [name, tensor] of Object.entries(parameters)) expect(await dataOf(found.parameters[name])).toEqual(await dataOf(tensor));
    found.dispose();
    const size = sink.files['model.safetensors']?.length as number;
    expect(asked.slice(2)).toEqual(['GET model.safetensors bytes=0-65535', `GET model.safetensors bytes=65536-${size - 1}`]);
  });

  it('whose server answers with a page of its own where there is no file lacks that file', async () => {
    const { address } = await served(source, { ranges: true, page: true });
    await expectSame(await fromPretrained(address)); // without modules.json
    await expect(fromPretrained(`${address}/elsewhere`)).rejects.toThrow('config.json');
  });

  it('whose server knows no ranges is read whole', async () => {
    const { address, asked } = await served(source, { ranges: false });
    await expectSame(await fromPretrained(`${address}/`));
    expect(asked.length).toBe(3);
  });

  it('whose server hides the length of a range asks for it', async () => {
    const { address, asked } = await served(source, { ranges: true, hidden: true });
    await expectSame(await fromPretrained(address));
    expect(asked).toContain('HEAD model.safetensors');
  });

  it.each([
    ['401', { ranges: true, status: 401 }, 'got       status 401'],
    ['503', { ranges: true, status: 503 }, 'got       status 503'],
    ['a break', { ranges: false, breaksAfter: 600 }, 'the server must be reached.'],
    ['a break in a range', { ranges: true, breaksAfter: 600 }, 'the server must be reached.'],
  ] as const)('that answers with %s is an error, and leaves no tensor', async (_, manner, message) => {
    const { address } = await served(source, manner);
    const before = memory().numTensors;
    await expect(fromPretrained(address)).rejects.toThrow(message);
    expect(memory().numTensors).toBe(before);
  });

  it('without the checkpoint, or where nobody answers, is an error', async () => {
    const { address } = await served({}, { ranges: true });
    await expect(fromPretrained(address)).rejects.toThrow('the checkpoint must have config.json.');
    await expect(fromPretrained('http://127.0.0.1:1/model')).rejects.toThrow('the server must be reached.');
  });

  it('stops at the signal while an answer hangs', async () => {
    const server = createServer(() => {});
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const stop = new AbortController();
    const reading = fromPretrained(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(reading).rejects.toThrow('enough');
    server.closeAllConnections();
  });
});

describe('files that a user gave', () => {
  it('are a list, whose folder is part of their names', async () => {
    const files = Object.entries(source).map(([name, bytes]) => {
      const file = new File([bytes as Uint8Array<ArrayBuffer>], name);
      return Object.defineProperty(file, 'webkitRelativePath', { value: `my-model/${name}` });
    });
    const other = Object.defineProperty(new File(['{}'], 'config.json'), 'webkitRelativePath', { value: 'my-model/1_Pooling/config.json' });
    await expectSame(await fromPretrained([other, ...files]));
  });

  it('are a folder, which is written to as well', async () => {
    const kept = new Map<string, Uint8Array>(Object.entries(source));
    const folder = handleOf(kept);
    const found = await fromPretrained(folder);
    kept.clear();
    await savePretrained(found, folder);
    expect([...kept.keys()]).toEqual(['model.safetensors', 'config.json']);
    await expectSame(found);
    await expectSame(await fromPretrained(folder));
  });

  it('are bytes by their names, of any kind', async () => {
    const { 'config.json': config, 'model.safetensors': weights } = source as Required<typeof source>;
    const bytes = weights as Uint8Array<ArrayBuffer>;
    const kinds: readonly NamedBytes[string][] = [bytes.buffer, new Blob([bytes]), Buffer.from(bytes)];
    for (const each of kinds) await expectSame(await fromPretrained({ 'config.json': config as Uint8Array, 'model.safetensors': each }));
  });

  it('are whatever opens files by name', async () => {
    const open = async (name: string) => (source[name] === undefined ? undefined : new Blob([source[name] as Uint8Array<ArrayBuffer>]));
    await expectSame(await fromPretrained({ where: 'somewhere', open }));
    const lost = {
      where: 'somewhere',
      list: async () => ['a', 'b'],
      open: async (name: string) => (name === 'config.json' ? new Blob([json(smallConfig) as Uint8Array<ArrayBuffer>]) : undefined),
    };
    await expect(fromPretrained(lost)).rejects.toThrow('got       a, b');
  });
});

/** A folder of the File System API, as far as checkpoints need it. */
function handleOf(kept: Map<string, Uint8Array>): FileSystemDirectoryHandle {
  const file = (name: string) => ({
    getFile: async () => new File([kept.get(name) as Uint8Array<ArrayBuffer>], name),
    createWritable: async () => {
      const parts: Uint8Array[] = [];
      return {
        write: async (part: Uint8Array) => void parts.push(part.slice()),
        close: async () => void kept.set(name, new Uint8Array(Buffer.concat(parts))),
        abort: async () => {},
      };
    },
  });
  const absent = () => Object.assign(new Error('none'), { name: 'NotFoundError' });
  return {
    name: 'folder',
    getDirectoryHandle: async () => {
      throw absent();
    },
    getFileHandle: async (name: string, { create = false } = {}) => {
      if (!create && !kept.has(name)) throw absent();
      return file(name);
    },
  } as object as FileSystemDirectoryHandle;
}
