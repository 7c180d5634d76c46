import type { Ratio } from '../../figures/pairs.ts';
import { cells, whereKnown } from '../../report/cells.ts';
import type { TitledTable } from '../../report/table.ts';
import { bytes, count, duration, withInterval } from '../../report/wording.ts';
import { type Findings, found, whyNot } from '../../run/experiment.ts';
import type { EncoderName, HierarchyFigures, ModelFigures } from './hierarchy-input.ts';
import { bookInput, bookPoint, encoderNames, encoderSize, memoryPoint, quantiles, timePoint } from './points.ts';

type HierarchyFindings = Findings<HierarchyFigures>;

const bookOf = (findings: HierarchyFindings) => found(findings, bookPoint, 'book');
const timeOf = (findings: HierarchyFindings, quantile: number) => found(findings, timePoint(quantile), 'time');
const memoryOf = (findings: HierarchyFindings, quantile: number, encoder: EncoderName) =>
  found(findings, memoryPoint(quantile, encoder), 'memory');

const times = (figure: Ratio): string => `${figure.ratio.toFixed(2)}x (${figure.low.toFixed(2)} to ${figure.high.toFixed(2)})`;

export function hierarchyTables(findings: HierarchyFindings): readonly TitledTable[] {
  return [bookTable(findings), speechTable(findings)];
}

function bookTable(findings: HierarchyFindings): TitledTable {
  const { width, heads, hourglass, plain, batch, length } = bookInput(findings.options);
  const book = bookOf(findings);
  const row = (model: string, figures: ModelFigures | undefined, paper: string): string[] => [
    model,
    ...cells(figures, whyNot(findings, bookPoint), 5, ({ parameters, bits, seconds, steps, stepSeconds }) => [
      count(parameters),
      bits.toFixed(3),
      duration(seconds),
      count(steps),
      withInterval(stepSeconds, duration),
    ]),
    paper,
  ];
  const layers = (over: readonly [number, number]): number => over[0] + over[1];
  return {
    title: 'Hourglass and a plain model on the book',
    note: [
      `Byte-level models of width ${width} with ${heads} heads, trained on Moby-Dick for the same time: after each step of the Hourglass the`,
      `plain model made the steps that fitted into the time the Hourglass had had, so both saw the same learning rate at the same time, and`,
      `the same excerpts of ${batch} x ${count(length)} bytes in the same order, the slower one fewer of them. Evaluated on`,
      `${book === undefined ? '' : `${count(book.evaluatedBytes)} bytes of `}chapters held out. Hourglass: ${hourglass.tokenLayers[0]} layer, then ${hourglass.hierarchy}`,
      `(layers@tokens per vector) between attention that downsamples and attention that upsamples, then ${hourglass.tokenLayers[1]}. Plain: the same`,
      `model without shorter levels, its ${layers(plain.tokenLayers)} layers all over tokens, with the same relative attention. A step: forward, backward and`,
      `Adam (medians, 95 % bootstrap intervals).`,
      ...whereKnown(book, ({ speed }) => [`Steps of the Hourglass in the time of one plain step: ${times(speed)}; the paper: 1.2x.`]),
      `Paper: enwik8, Nawrot et al. 2021.`,
    ].join(' '),
    head: ['model', 'parameters', 'bits per character', 'trained', 'steps', 'a step', 'paper'],
    rows: [row('Hourglass', book?.hourglass, '1.111'), row('plain', book?.plain, '1.151')],
  };
}

function speechTable(findings: HierarchyFindings): TitledTable {
  const { options } = findings;
  const { width, heads, layers, documentLayers, segmentLength, recompute } = encoderSize(options);
  const measured = quantiles(options).flatMap((quantile) => timeOf(findings, quantile) ?? []);
  const parameters = measured[0]?.parameters;
  return {
    title: 'HAT and Longformer on long documents',
    note: [
      `Forward and backward over one State of the Union speech, a token for each word. Width ${width}, ${heads} heads; HAT: ${layers} encoders over`,
      `segments of ${segmentLength}, ${documentLayers} across them, interleaved; Longformer: ${layers} layers, a window of ${segmentLength}, the first token global`,
      `${parameters === undefined ? '' : `(${count(parameters.HAT)} and ${count(parameters.Longformer)} parameters)`}. Both were checked first: padding changes no word.`,
      ...(recompute
        ? ['Both run each layer a second time in the backward pass instead of keeping what it made (gradient checkpointing).']
        : []),
      `Times: in turns in one process, medians, 95 % bootstrap intervals. Memory: the peak of a fresh process over what it held before.`,
      `The paper (Chalkidis et al. 2022): 40 to 45 % faster, 10 to 20 % less memory than Longformer, on a GPU.`,
    ].join(' '),
    head: ['speech', 'words', 'HAT', 'Longformer', 'Longformer / HAT', ...encoderNames.map((name) => `memory, ${name}`)],
    rows: quantiles(options).map((quantile) => {
      const time = timeOf(findings, quantile);
      return [
        time?.speech.name ?? timePoint(quantile),
        ...cells(time, whyNot(findings, timePoint(quantile)), 4, ({ speech, contest }) => [
          count(speech.words),
          withInterval(contest.base, duration),
          withInterval(contest.head, duration),
          times(contest.ratio),
        ]),
        ...encoderNames.flatMap((name) =>
          cells(memoryOf(findings, quantile, name), whyNot(findings, memoryPoint(quantile, name)), 1, ({ peakBytes }) => [
            bytes(peakBytes),
          ]),
        ),
      ];
    }),
  };
}

export function hierarchyHeadline(findings: HierarchyFindings): string[] {
  const longest = quantiles(findings.options).findLast((quantile) => timeOf(findings, quantile) !== undefined);
  const time = longest === undefined ? undefined : timeOf(findings, longest);
  const [mine, theirs] = encoderNames.map((name) => (longest === undefined ? undefined : memoryOf(findings, longest, name)));
  return [
    ...whereKnown(bookOf(findings), ({ hourglass, plain, speed }) => [
      `After the same training time the Hourglass needs ${hourglass.bits.toFixed(3)} bits per character on held-out chapters, the ` +
        `plain model ${plain.bits.toFixed(3)}; it makes ${speed.ratio.toFixed(2)} steps in the time of one (paper: 1.111, 1.151 and 1.2).`,
    ]),
    ...whereKnown(time, ({ speech, contest }) => [
      `On a speech of ${count(speech.words)} words Longformer takes ${contest.ratio.ratio.toFixed(2)} times as long as HAT` +
        `${mine === undefined || theirs === undefined ? '' : `, and ${(theirs.peakBytes / mine.peakBytes).toFixed(2)} times the memory`}.`,
    ]),
  ];
}
