import { type XlLanguageModel, xlLanguageModel } from '@longspan/models/transformer-xl';

export interface MemorySize {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

/** What the model is, how it came about, and how good it is: `memory.json`, which the bench writes. */
export interface MemoryAbout {
  readonly weights: string;
  readonly size: MemorySize;
  readonly recipe: {
    readonly command: string;
    readonly steps: number;
    readonly batch: number;
    readonly segmentLength: number;
    readonly memoryLength: number;
    readonly commit: string;
  };
  readonly figures: {
    readonly parameters: number;
    readonly fileBytes: number;
    readonly trainingSeconds: number;
    readonly evaluatedBytes: number;
    readonly byMemory: readonly { readonly memory: number; readonly bits: number }[];
  };
}

/**
 * The Transformer-XL of `pnpm bench reader`, over bytes; its parameters fit any memory.
 * @param reach keys before its own that a query attends to; all of its segment and the memory by default
 */
export const memoryModel = ({ width, layers, heads }: MemorySize, memoryLength: number, reach?: number): XlLanguageModel =>
  xlLanguageModel({
    vocabulary: 256,
    width,
    layers,
    heads,
    headDim: width / heads,
    innerWidth: 4 * width,
    normalization: 'pre',
    memoryLength,
    window: reach === undefined ? undefined : { left: reach },
    tiedTables: true,
  });
