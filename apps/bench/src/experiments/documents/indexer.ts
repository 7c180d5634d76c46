import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DocumentIndex, openIndex, type TextModel, type TextWindow } from '@longspan/models/documents';
import type { Instructions } from '@longspan/wasm-backend';
import type { Timed } from '../../figures/alternate.ts';
import { openSecondProcess } from '../../process/second-process.ts';
import type { IndexerInput } from './input.ts';

/** What the process of an indexer is asked for, as JSON: so many timed runs of `createIndex`, or a run whose index it keeps in a file. */
export type IndexerQuestion = { readonly threads: number; readonly runs: number } | { readonly threads: number; readonly path: string };

/** Seconds of each run, or what a run whose index was kept came to. */
export type IndexerAnswer = readonly number[] | MadeIndex;

export interface MadeIndex {
  /** The build of our kernels. */
  readonly instructions: Instructions;
  readonly seconds: number;
  readonly read: readonly TextWindow[];
}

/** The same, and the index itself. */
export interface HandedIndex extends MadeIndex {
  readonly index: DocumentIndex;
}

/** `createIndex` of tokens at hand, in a process whose tensors our kernels have in place, as `register()` makes it. */
export interface Indexer {
  /** Makes an index and hands it over. */
  make(threads: number): Promise<HandedIndex>;
  side(threads: number, tried: number): Timed;
  close(): void;
}

export async function openIndexer(input: IndexerInput, model: TextModel): Promise<Indexer> {
  const process = await openSecondProcess({ experiment: 'documents', input });
  const ask = async <Answer extends IndexerAnswer>(question: IndexerQuestion): Promise<Answer> =>
    JSON.parse(await process.ask(JSON.stringify(question))) as Answer;
  return {
    async make(threads) {
      const folder = await mkdtemp(join(tmpdir(), 'longspan-index-'));
      try {
        const path = join(folder, 'index.safetensors');
        const made = await ask<MadeIndex>({ threads, path });
        return { ...made, index: openIndex(await readFile(path), model) };
      } finally {
        await rm(folder, { recursive: true });
      }
    },
    side: (threads, tried) => ({ tried, times: (runs) => ask<readonly number[]>({ threads, runs }) }),
    close: () => process.close(),
  };
}
