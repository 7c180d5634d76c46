import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteSource } from '@longspan/core-tensor';
import { errorsOf } from '@longspan/core-tensor/error';
import { openCache } from '#hub-cache';
import type { RepositoryCache } from '../../src/hub/cache/repository-cache.ts';
import { checkOptions, type HubOptions } from '../../src/hub/hub-options.ts';
import { repositoryFiles } from '../../src/hub/repository-files.ts';
import { realWorld } from '../../src/hub/requests.ts';
import type { CheckpointFiles } from '../../src/pretrained/checkpoint-files.ts';
import { type PlayedHub, playHub, sha256 } from './played-hub.ts';

/** A hub, an empty folder for its files, and a world in which waiting takes no time and is noted. */
export interface Place {
  readonly hub: PlayedHub;
  readonly folder: string;
  /** Milliseconds of every wait, in turn. */
  readonly waits: number[];
  load(options?: HubOptions, cacheOf?: (cache: RepositoryCache) => RepositoryCache): Promise<CheckpointFiles>;
  remove(): Promise<void>;
}

export async function place(): Promise<Place> {
  const hub = await playHub();
  const folder = await mkdtemp(join(tmpdir(), 'longspan hub '));
  const waits: number[] = [];
  const world = {
    ...realWorld,
    patience: 300,
    pause: async (milliseconds: number, signal?: AbortSignal) => {
      waits.push(milliseconds);
      signal?.throwIfAborted();
    },
  };
  const errors = errorsOf('hubFiles');
  return {
    hub,
    folder,
    waits,
    load: async (options = {}, cacheOf = (cache) => cache) =>
      repositoryFiles('org/tiny', checkOptions('hubFiles', errors, { endpoint: hub.endpoint, ...options }), errors, world, (repository) =>
        cacheOf(openCache(folder, repository)),
      ),
    remove: async () => {
      await hub.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** The SHA-256 of all bytes of a file, for lists of so many numbers are slow to compare; undefined where there is none. */
export async function hashOf(source: ByteSource | undefined): Promise<string | undefined> {
  if (source === undefined) return undefined;
  return sha256(new Uint8Array('read' in source ? await source.read(0, source.size) : await source.arrayBuffer()));
}

/** Bytes that differ everywhere, the same for each seed. */
export function draw(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = seed + 1;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export const text = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);
