import type { Cost } from '@longspan/attention-sparse/analysis';
import type { Mask, MaskNode } from '@longspan/attention-sparse/mask';
import { connection } from '../../compute/connection.ts';
import type { Reached, Tile } from './mask-work.ts';

/** What of a pattern is computed away from the page. Each kind of work has a worker of its own, so that none waits for another. */
export interface PatternWork {
  take(mask: Mask, other: Mask | undefined, head: number): Promise<void>;
  tile(length: number, place: { readonly cell: number; readonly row: number; readonly column: number }): Promise<Tile>;
  cost(
    mask: Mask,
    options: { readonly queryLength: number; readonly heads: number; readonly headDim: number },
    signal: AbortSignal,
  ): Promise<Cost>;
  reach(mask: Mask, length: number, layers: number, head: number | undefined, signal: AbortSignal): Promise<Reached>;
  words(text: string, language: string | undefined, count: number, signal: AbortSignal): Promise<readonly string[]>;
  close(): void;
}

export function patternWork(): PatternWork {
  let turn = 0;
  let taken: readonly [turn: number, mask: MaskNode, other: MaskNode | undefined, head: number] | undefined;
  const [tiles, costs, reaches, texts] = [connection('mask'), connection('mask'), connection('mask'), connection('mask')];
  return {
    take: (mask, other, head) => {
      turn += 1;
      taken = [turn, mask.toJSON(), other?.toJSON(), head];
      const now = taken;
      return tiles.run((api) => api.take(...now));
    },
    tile: (length, place) => {
      const now = taken;
      return tiles.run(async (api) => {
        if (now === undefined) throw new Error('No mask was taken yet.');
        const made = await api.tile(now[0], length, place);
        if (made !== undefined) return made;
        if (now === taken) await api.take(...now);
        const again = await api.tile(now[0], length, place);
        if (again === undefined) throw new Error('Another mask was taken since.');
        return again;
      });
    },
    cost: (mask, options, signal) => costs.run((api) => api.cost(mask.toJSON(), options), signal),
    reach: (mask, length, layers, head, signal) => reaches.run((api) => api.reach(mask.toJSON(), length, layers, head), signal),
    words: (text, language, count, signal) => texts.run((api) => api.words(text, language, count), signal),
    close: () => {
      for (const one of [tiles, costs, reaches, texts]) one.close();
    },
  };
}
