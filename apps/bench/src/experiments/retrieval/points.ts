import type { ExperimentOptions, Point } from '../../run/experiment.ts';
import type { ClozeInput, Reading, RetrievalInput, VectorsInput } from './input.ts';

export const wordsName = 'BM25';

export interface SystemRow {
  /** The name of its point. */
  readonly name: string;
  readonly model: VectorsInput['model'];
  readonly reading: Reading;
  /** What other code measured: mean reciprocal ranks over 22 chapters, alone and with BM25. */
  readonly elsewhere?: { readonly alone: number; readonly fused?: number };
}

const ofMiniLm = (reading: Reading, how: string, elsewhere?: SystemRow['elsewhere']): SystemRow => ({
  name: `MiniLM, ${how}`,
  model: 'MiniLM',
  reading,
  ...(elsewhere && { elsewhere }),
});

const ofUse = (reading: Reading, how: string, elsewhere?: SystemRow['elsewhere']): SystemRow => ({
  name: `USE lite, ${how}`,
  model: 'USE lite',
  reading,
  ...(elsewhere && { elsewhere }),
});

/** Every way to make vectors that is measured. */
export const systems: readonly SystemRow[] = [
  ofUse({ by: 'lone paragraphs', cut: 128 }, 'lone paragraphs cut at 128 tokens', { alone: 0.226 }),
  ofUse({ by: 'lone paragraphs in windows', length: 128 }, 'lone paragraphs whole, in windows of 128', { alone: 0.291 }),
  ofUse({ by: 'late chunking', length: 128, overlap: 32 }, 'late chunking in windows of 128'),
  ofMiniLm({ by: 'lone paragraphs', cut: 256 }, 'lone paragraphs cut at 256 tokens', { alone: 0.297, fused: 0.373 }),
  ofMiniLm({ by: 'late chunking', length: 256, overlap: 64 }, 'late chunking in windows of 256', { alone: 0.291 }),
  ofMiniLm(
    { by: 'toLong', length: 4096, overlap: 256, window: 256 },
    'late chunking through toLong, positions every 128, a window of 256',
    { alone: 0.321 },
  ),
];

/** What other code measured of BM25. */
export const wordsElsewhere = 0.284;

function clozeInput({ seed, full }: Pick<ExperimentOptions, 'seed' | 'full'>): ClozeInput {
  return {
    seed,
    perChapter: 5,
    ...(full ? {} : { chapters: 6 }),
  };
}

export function pointsOf(options: ExperimentOptions): readonly Point<RetrievalInput>[] {
  const cloze = clozeInput(options);
  const minilm = options.flags['minilm'];
  return [
    { name: wordsName, input: { ...cloze, kind: 'words' } },
    ...systems.flatMap(({ name, model, reading }): Point<RetrievalInput>[] => {
      if (model === 'MiniLM' && typeof minilm !== 'string') return [];
      const weights = model === 'MiniLM' && typeof minilm === 'string' ? { weights: minilm } : {};
      return [
        {
          name,
          input: { ...cloze, kind: 'vectors', model, reading, ...weights },
          weight: model === 'MiniLM' ? 10 : 4,
        },
      ];
    }),
  ];
}
