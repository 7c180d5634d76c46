import { cells, whereKnown } from '../../report/cells.ts';
import type { LinePlot } from '../../report/line-plot.ts';
import type { TitledTable } from '../../report/table.ts';
import { count, duration, withInterval } from '../../report/wording.ts';
import { type Findings, found, whyNot } from '../../run/experiment.ts';
import { modelsInput, modelsPoint, paperSpeeds, speedInput, speedPoint } from './points.ts';
import { type ModelsFigures, nameOf, type ReclFigure, variants, type XlFigures, type XlSize } from './xl-input.ts';

type XlFindings = Findings<XlFigures>;

const speedOf = (findings: XlFindings, attentionLength: number) => found(findings, speedPoint(attentionLength), 'speed');
const modelsOf = (findings: XlFindings) => found(findings, modelsPoint, 'models');

export function xlTables(findings: XlFindings): readonly TitledTable[] {
  return [speedTable(findings), memoryTable(findings), ablationTable(findings), reclTable(findings)];
}

const sizeInWords = ({ width, heads, layers }: XlSize): string => `${layers} layers of width ${width} with ${heads} heads`;

function speedTable(findings: XlFindings): TitledTable {
  const { size } = speedInput(findings.options, 0);
  return {
    title: 'Evaluation speed',
    note: [
      `The same ${sizeInWords(size)}, the same weights, over bytes: a segment as long as the attention, read with memory and`,
      `divided by its tokens, against the whole window recomputed for each token, as vanilla models are evaluated. Every token attends to as`,
      `many tokens on both sides; with one layer both were checked to give the same losses. Both sides took turns in one process; medians, 95 % bootstrap`,
      `intervals; wasm with the kernels of wasm-backend. Paper: table 9 of Dai et al. 2019, on a GPU, with a larger model.`,
    ].join(' '),
    head: ['attention length', 'a token, with memory', 'a token, window recomputed', 'times faster', 'paper'],
    rows: paperSpeeds.map(({ attentionLength, timesFaster }) => {
      const perToken = (value: number): string => duration(value / attentionLength);
      return [
        count(attentionLength),
        ...cells(speedOf(findings, attentionLength), whyNot(findings, speedPoint(attentionLength)), 3, ({ contest, timesSlower }) => [
          withInterval(contest.base, perToken),
          withInterval(contest.head, duration),
          `${count(timesSlower.ratio)}x (${count(timesSlower.low)} to ${count(timesSlower.high)})`,
        ]),
        `${count(timesFaster)}x`,
      ];
    }),
  };
}

const bits = (value: number): string => value.toFixed(3);

/** What every model of the experiment is, and how it came about. */
function trainingInWords({ options }: XlFindings): string {
  const { size, batch, segmentLength, memoryLength, steps, evaluatedBytes } = modelsInput(options);
  return (
    `${sizeInWords(size)}, trained for ${count(steps)} steps of ${batch} x ${segmentLength} bytes of Moby-Dick` +
    ` (memory of ${memoryLength} where there is one), evaluated on ${count(evaluatedBytes)} bytes of chapters held out.`
  );
}

function memoryTable(findings: XlFindings): TitledTable {
  const { memories, segmentLength } = modelsInput(findings.options);
  return {
    title: 'Memory while evaluating',
    note: `One model with relative positions and memory: ${trainingInWords(findings)} Read in segments of ${segmentLength} bytes; only the memory differs.`,
    head: ['memory, bytes', 'bits per character'],
    rows: memories.map((memory, at) => [
      count(memory),
      ...cells(modelsOf(findings), whyNot(findings, modelsPoint), 1, ({ byMemory }) => [bits(byMemory[at]?.bits ?? Number.NaN)]),
    ]),
  };
}

function ablationTable(findings: XlFindings): TitledTable {
  return {
    title: 'Positions and memory',
    note: [
      `Four models from one key on the same bytes: ${trainingInWords(findings)} Each is evaluated as it was trained.`,
      'The paper (table 6, perplexity on WikiText-103) finds the first model best: both parts are needed.',
    ].join(' '),
    head: ['model', 'bits per character', 'training'],
    rows: variants.map((variant, at) => [
      nameOf(variant),
      ...cells(modelsOf(findings), whyNot(findings, modelsPoint), 2, (models) => [
        bits(models.bits[at] as number),
        duration(models.trainingSeconds[at] as number),
      ]),
    ]),
  };
}

const reclInWords = ({ length, bounded }: ReclFigure): string => (bounded ? `at least ${count(length)}` : count(length));

function reclTable(findings: XlFindings): TitledTable {
  const { recl, segmentLength } = modelsInput(findings.options);
  return {
    title: 'Relative effective context length',
    note: [
      `In bytes: the longest context from which ${recl.step} bytes more still lower the perplexity of the r hardest positions by 1 %, of`,
      `${count(recl.positions)} held-out positions, contexts up to ${count(recl.longest)} (appendix C).`,
      `Transformer-XL and the vanilla model (absolute positions, no memory, so no more than ${segmentLength} bytes) of the table above. The`,
      `paper, 151 M parameters on WikiText-103: 900, 800 and 700 words for r of 0.1, 0.5 and 1; its vanilla model 400 or fewer.`,
    ].join(' '),
    head: ['r', 'Transformer-XL', 'vanilla'],
    rows: recl.ratios.map((ratio, at) => [
      String(ratio),
      ...cells(modelsOf(findings)?.recl[at], whyNot(findings, modelsPoint), 2, ({ xl, vanilla }) => [
        reclInWords(xl),
        reclInWords(vanilla),
      ]),
    ]),
  };
}

export function xlHeadline(findings: XlFindings): string[] {
  const speeds = paperSpeeds.flatMap(({ attentionLength, timesFaster }) =>
    whereKnown(speedOf(findings, attentionLength), ({ timesSlower }) => [
      `${count(timesSlower.ratio)}x at ${count(attentionLength)} (paper: ${count(timesFaster)}x)`,
    ]),
  );
  return [
    ...(speeds.length === 0 ? [] : [`A text is read with memory faster than with every window recomputed: ${speeds.join(', ')}.`]),
    ...whereKnown(modelsOf(findings), aboutModels),
  ];
}

function aboutModels({ byMemory, bits: all, recl }: ModelsFigures): string[] {
  return [
    `Bits per character on held-out chapters by memory: ${byMemory.map(({ memory, bits: each }) => `${bits(each)} with ${count(memory)}`).join(', ')}.`,
    `By positions and memory: ${variants.map((variant, at) => `${bits(all[at] as number)} with ${nameOf(variant)}`).join('; ')}.`,
    ...whereKnown(recl.at(0), ({ ratio, xl, vanilla }) => [
      `Relative effective context at r = ${ratio}: ${reclInWords(xl)} bytes, the vanilla model's ${reclInWords(vanilla)}.`,
    ]),
  ];
}

export function xlPlots(findings: XlFindings): readonly LinePlot[] {
  const measured = paperSpeeds.flatMap(({ attentionLength: x }) =>
    whereKnown(speedOf(findings, x), ({ timesSlower }) => [{ x, y: timesSlower.ratio }]),
  );
  return [
    {
      title: 'Evaluation speed: times faster with memory',
      x: { label: 'attention length, tokens', scale: 'linear', unit: 'count' },
      y: { label: 'times faster', scale: 'linear', unit: 'count' },
      lines: [
        { name: 'Longspan', dots: measured },
        {
          name: 'paper',
          isReference: true,
          dots: measured.length === 0 ? [] : paperSpeeds.map(({ attentionLength: x, timesFaster: y }) => ({ x, y })),
        },
      ],
    },
    {
      title: 'Bits per character by memory',
      x: { label: 'memory, bytes', scale: 'linear', unit: 'count' },
      y: { label: 'bits per character', scale: 'linear', unit: 'number' },
      lines: [{ name: 'Transformer-XL', dots: (modelsOf(findings)?.byMemory ?? []).map(({ memory, bits: y }) => ({ x: memory, y })) }],
    },
  ];
}
