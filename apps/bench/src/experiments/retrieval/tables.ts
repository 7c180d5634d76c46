import type { TitledTable } from '../../report/table.ts';
import { count } from '../../report/wording.ts';
import { type Findings, found, whyNot } from '../../run/experiment.ts';
import { defaultWeight, type Ranks, type RetrievalFigures, type Vectors, type VectorsFigures, weights } from './input.ts';
import { type SystemRow, systems, wordsElsewhere, wordsName } from './points.ts';
import { type Mean, meanOf } from './ranks.ts';

type Found = Findings<RetrievalFigures>;

const inWords = ({ mean, error }: Mean): string => `${mean.toFixed(3)} ± ${error.toFixed(3)}`;
const elsewhere = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(3));

const atDefault = ({ fused }: Vectors): Ranks => fused[weights.indexOf(defaultWeight)] as Ranks;

const nameOf = ({ name }: SystemRow, { vectors }: VectorsFigures, way: Vectors): string =>
  vectors.length > 1 ? `${name}: ${way.name}` : name;

export function systemTable(findings: Found): TitledTable {
  const words = found(findings, wordsName, 'words');
  const wordsRow = [
    wordsName,
    ...(words === undefined
      ? [whyNot(findings, wordsName), '–', '–', '–']
      : [inWords(meanOf(words.ranks.book)), '–', inWords(meanOf(words.ranks.chapter)), '–']),
    '–',
    elsewhere(wordsElsewhere),
    '–',
  ];
  return {
    title: 'Sentences that find their paragraphs',
    note: [
      words === undefined
        ? ''
        : `${count(words.queries)} sentences of at least 8 words, drawn by a seed from ${count(words.chapters)} chapters of Moby-Dick (the front matter and the epilogue counted), at most five a chapter, each from a paragraph of at least three and cut out of it; all of them are out while the book is read.`,
      `Mean reciprocal rank ± its standard error among all ${words === undefined ? '' : `${count(words.paragraphs)} `}paragraphs of the book, headings too, and among those of the same chapter; alone and with BM25 by \`search\`'s defaults (scores, ${defaultWeight} of the vectors). The book is read as one document by \`createIndex\`; lone paragraphs by \`embedTexts\`. That \`search\` ranks the same was checked on some of the sentences.`,
      'Elsewhere: what other code measured over 22 chapters, 221 sentences, with a standard error of 0.025.',
    ].join(' '),
    head: ['by', 'book', 'book, with BM25', 'chapter', 'chapter, with BM25', 'tokens read', 'elsewhere', 'elsewhere, with BM25'],
    rows: [
      wordsRow,
      ...systems.flatMap((system): readonly (readonly string[])[] => {
        const figures = found(findings, system.name, 'vectors');
        const other = [elsewhere(system.elsewhere?.alone), elsewhere(system.elsewhere?.fused)];
        if (figures === undefined) return [[system.name, whyNot(findings, system.name), '–', '–', '–', '–', ...other]];
        return figures.vectors.map((way) => [
          nameOf(system, figures, way),
          ...(['book', 'chapter'] as const).flatMap((scope) => [inWords(meanOf(way.alone[scope])), inWords(meanOf(atDefault(way)[scope]))]),
          count(figures.tokens),
          ...other,
        ]);
      }),
    ],
  };
}

/** Half of the queries choose the weight, the other half judge it. */
export interface Chosen {
  readonly weight: number;
  /** Over the half that did not choose: the mean with the chosen weight less that with the default. */
  readonly gain: Mean;
}

export function chosenWeight({ fused }: Pick<Vectors, 'fused'>): Chosen {
  const half = (which: 0 | 1, at: number): readonly number[] => (fused[at] as Ranks).book.filter((_, query) => query % 2 === which);
  const means = weights.map((_, at) => meanOf(half(0, at)).mean);
  const best = means.indexOf(Math.max(...means));
  const usual = half(1, weights.indexOf(defaultWeight));
  const gains = half(1, best).map((value, query) => value - (usual[query] as number));
  return { weight: weights[best] as number, gain: meanOf(gains) };
}

export function weightTable(findings: Found): TitledTable {
  return {
    title: 'How much the vectors count',
    note: `Mean reciprocal rank among all paragraphs of the book by the vectors' share, 0 being BM25 alone. The best share is found on every other sentence; the last column is what it gains on the others over ${defaultWeight}, ± the standard error of the difference.`,
    head: ['by', ...weights.map(String), 'best', 'gain on the other half'],
    rows: systems.flatMap((system): readonly (readonly string[])[] => {
      const figures = found(findings, system.name, 'vectors');
      if (figures === undefined) return [[system.name, whyNot(findings, system.name), ...weights.map(() => '–'), '–']];
      return figures.vectors.map((way) => {
        const { weight, gain } = chosenWeight(way);
        return [nameOf(system, figures, way), ...way.fused.map(({ book }) => meanOf(book).mean.toFixed(3)), String(weight), inWords(gain)];
      });
    }),
  };
}

export function retrievalHeadline(findings: Found): readonly string[] {
  const words = found(findings, wordsName, 'words');
  const best = systems
    .flatMap((system) => {
      const figures = found(findings, system.name, 'vectors');
      return figures === undefined ? [] : figures.vectors.map((way) => ({ name: nameOf(system, figures, way), way }));
    })
    .sort((a, b) => meanOf(atDefault(b.way).book).mean - meanOf(atDefault(a.way).book).mean)[0];
  return [
    ...(best === undefined
      ? []
      : [
          `Best with BM25: ${best.name}, ${inWords(meanOf(atDefault(best.way).book))}; its vectors alone ${inWords(meanOf(best.way.alone.book))}.`,
        ]),
    ...(words === undefined ? [] : [`BM25 alone: ${inWords(meanOf(words.ranks.book))}.`]),
  ];
}
