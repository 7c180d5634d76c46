import type { LinePlot } from '../../../report/line-plot.ts';
import type { Fact, Passage } from '../../../report/report.ts';
import { count, duration } from '../../../report/wording.ts';
import type { Point } from '../../../run/experiment.ts';
import type { TextFacts } from '../../../text/text-facts.ts';
import type { CurvePoint } from '../../../training/train-on-text.ts';
import type { Asked, Common } from '../asked.ts';
import { type TrainBudget, trainBudget } from './budget.ts';

export interface TrainInput extends Common {
  readonly kind: 'train';
  readonly budget: TrainBudget;
  /** Fixes the number of steps; else as many are planned as fit into the budget's seconds. */
  readonly steps?: number;
}

/** Bits per byte of the held-out text under models that need no network. */
export interface Baselines {
  readonly unigram: number;
  readonly bigram: number;
  readonly gzip: number;
}

export interface TrainFigures {
  readonly kind: 'train';
  readonly baselines: Baselines;
  /** The model in words. */
  readonly model: string;
  readonly parameters: number;
  readonly steps: number;
  readonly stepsChosenBy: 'the clock' | '--steps';
  readonly bytesPerStep: number;
  readonly trainingSeconds: number;
  readonly curve: readonly CurvePoint[];
  readonly heldOutBits: number;
  /** Held-out bytes that `heldOutBits` is the mean over. */
  readonly scoredBytes: number;
  readonly sample: { readonly prompt: string; readonly text: string; readonly temperature: number };
  /** Which attention kernel ran. */
  readonly kernel: string;
}

export const trainPoint = 'train';

export const trainPoints = ({ source, backend, seed, isQuick, steps }: Asked): readonly Point<TrainInput>[] => [
  {
    name: trainPoint,
    part: 'train',
    weight: 40,
    input: { kind: 'train', source, backend, seed, budget: trainBudget({ backend, isQuick }), ...(steps === undefined ? {} : { steps }) },
  },
];

/** The baselines in a line, to two decimals. */
export const levelsInWords = ({ unigram, bigram, gzip }: Baselines): string =>
  `unigram ${unigram.toFixed(2)}, bigram ${bigram.toFixed(2)}, gzip ${gzip.toFixed(2)}`;

export const aboutTraining = ({ trainingSeconds, heldOutBits, baselines }: TrainFigures, { name, pieceName }: TextFacts): string =>
  `A byte-level model with causal window attention, trained for ${duration(trainingSeconds)} on ${name}, needs ` +
  `${heldOutBits.toFixed(2)} bits per character on held-out ${pieceName} (${levelsInWords(baselines)}).`;

/** What is said as soon as the model is trained. */
export function trainNews({ baselines, steps, heldOutBits, sample }: TrainFigures): string[] {
  return [
    `\nLanguage model\n  bits per character of held-out text without a network: ${levelsInWords(baselines)}`,
    `  with ${count(steps)} training steps: ${heldOutBits.toFixed(2)}`,
    `  what it writes after “${tail(sample.prompt)}”:\n\n${indented(sample.text)}`,
  ];
}

const tail = (prompt: string): string => `…${prompt.slice(-40).replaceAll(/\s+/g, ' ')}`;
/** Control characters of a model that is no good yet must not reach the terminal. */
const indented = (text: string): string => text.replaceAll(/[^\P{Cc}\n]/gu, '·').replaceAll(/^/gm, '    ');

/** Bits per character of the training batches, with the baselines and the held-out result as levels. */
export const trainPlot = ({ curve, heldOutBits, baselines: { unigram, bigram, gzip } }: TrainFigures): LinePlot => ({
  title: 'Language model: bits per character while training',
  x: { label: 'seconds of training', scale: 'linear', unit: 'number' },
  y: { label: 'bits per character', scale: 'linear', unit: 'number' },
  lines: [{ name: 'training', dots: curve.filter(({ bits }) => bits <= 8).map(({ seconds, bits }) => ({ x: seconds, y: bits })) }],
  levels: [
    { name: 'unigram', y: unigram },
    { name: 'bigram', y: bigram },
    { name: 'gzip', y: gzip },
    { name: 'model, held out', y: heldOutBits },
  ],
});

export const trainPassage = (figures: TrainFigures): Passage => ({
  title: 'Language model',
  facts: trainFacts(figures),
  sample: { about: `What it writes, given the first words, at temperature ${figures.sample.temperature}:`, ...figures.sample },
});

function trainFacts(figures: TrainFigures): Fact[] {
  const { baselines, model, parameters, steps, stepsChosenBy, bytesPerStep, trainingSeconds, heldOutBits, scoredBytes, kernel } = figures;
  const { unigram, bigram, gzip } = baselines;
  return [
    ['model', `${heldOutBits.toFixed(3)} bits per character, on ${count(scoredBytes)} held-out bytes`],
    [
      'unigram',
      `${unigram.toFixed(3)} bits per character: byte frequencies of the training part (add-one), evaluated on the held-out part`,
    ],
    ['bigram', `${bigram.toFixed(3)} bits per character: each byte from the one before it, the same way`],
    ['gzip', `${gzip.toFixed(3)} bits per character: gzip -9 of the held-out part alone`],
    ['architecture', `${model}; ${count(parameters)} parameters; attention by ${kernel}`],
    [
      'training',
      `${count(steps)} steps of ${count(bytesPerStep)} bytes in ${duration(trainingSeconds)}, steps chosen by ${stepsChosenBy}` +
        `${stepsChosenBy === 'the clock' ? ` (--steps ${steps} replays them)` : ''}; Adam, warm-up and cosine`,
    ],
  ];
}
