import { createKey } from '@longspan/core-tensor/key';
import { type Growth, growth } from '../../figures/growth.ts';
import { median } from '../../figures/pairs.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { cells, orDash, ratioWithInterval, whereKnown } from '../../report/cells.ts';
import type { LinePlot } from '../../report/line-plot.ts';
import type { TitledTable } from '../../report/table.ts';
import { bytes, count, duration, percent } from '../../report/wording.ts';
import { type Findings, found, whyNot } from '../../run/experiment.ts';
import type { LshFigures, Rounds } from './input.ts';
import {
  densePoint,
  duplicationOf,
  evaluatedWith,
  imageOf,
  imagePoint,
  lookName,
  lshTimeOf,
  massOf,
  massPoint,
  timedRounds,
  timePoint,
  trainedWith,
  trainPoint,
} from './points.ts';

type Found = Findings<LshFigures>;

/** Kitaev et al. 2020, table 2: rows and columns in the order of `trainedWith` and `evaluatedWith`. */
const paper = [
  [1, 0.948, 0.925, 0.769, 0.525],
  [0.008, 1, 0.999, 0.994, 0.919],
  [0.008, 1, 0.999, 0.981, 0.868],
  [0.008, 0.999, 0.996, 0.948, 0.778],
];

const exact = (share: number): string => `${(share * 100).toFixed(1)} %`;

export function duplicationTable(findings: Found): TitledTable {
  const { size, chunkLength, batch, steps, fewestSymbols, testSequences } = duplicationOf(findings.options);
  return {
    title: 'Duplication: a word is to be written again',
    note: [
      `Share of the second w's symbols in 0w0w that are right; in brackets table 2 of the paper (Kitaev et al. 2020: length 1,024, 150,000 steps).`,
      `Here length ${count(size.length)}, 127 symbols, one layer of width ${size.width} with ${size.heads} heads, learned positions, chunks of ${chunkLength},`,
      `at most ${count(steps)} steps of ${batch} sequences from the same parameters and the same data, ${testSequences} new sequences to evaluate on.`,
      `Training words are each written with ${fewestSymbols} to 127 of the symbols, which is learned several times faster than words of all of them; those to evaluate on with all.`,
    ].join(' '),
    head: ['trained with', ...evaluatedWith.map((rounds) => `evaluated with ${lookName(rounds)}`), 'steps', 'training'],
    rows: trainedWith.map((rounds, row) => {
      const figures = found(findings, trainPoint(rounds), 'duplication');
      const theirs = (paper[row] as number[]).map(exact);
      if (figures === undefined) {
        return [lookName(rounds), ...theirs.map((share) => `– (${share})`), '–', whyNot(findings, trainPoint(rounds))];
      }
      const cells = figures.accuracies.map((share, at) => `${exact(share)} (${theirs[at]})`);
      return [lookName(rounds), ...cells, count(figures.steps), duration(figures.seconds)];
    }),
  };
}

/** Seconds for each token, each turn's, at each length that was measured. */
function perToken(findings: Found, rounds: Rounds): { readonly n: number; readonly value: number }[] {
  const { lengths, tokens } = lshTimeOf(findings.options);
  const turns = found(findings, timePoint(rounds), 'lsh time')?.turns ?? [];
  return turns.flatMap((turn) => turn.map((seconds, at) => ({ n: lengths[at] as number, value: seconds / tokens })));
}

function denseTime(findings: Found, length: number): number | undefined {
  const seconds = found(findings, densePoint(length), 'dense time')?.seconds;
  return seconds && median(seconds) / lshTimeOf(findings.options).tokens;
}

const lshTime = (findings: Found, rounds: Rounds, length: number): number | undefined => {
  const values = perToken(findings, rounds).filter(({ n }) => n === length);
  return values.length === 0 ? undefined : median(values.map(({ value }) => value));
};

function exponentOf(findings: Found, rounds: Rounds): Growth | undefined {
  return growth(perToken(findings, rounds), randomStream(createKey(findings.options.seed).fold('exponent').fold(rounds)));
}

const withSign = (value: number): string => value.toFixed(2).replace('-', '−');

export function timeTable(findings: Found): TitledTable {
  const { lengths, tokens, headDim, chunkLength, repeats } = lshTimeOf(findings.options);
  const ways = timedRounds(findings.options);
  const denseDots = lengths.flatMap((n) => whereKnown(denseTime(findings, n), (value) => [{ n, value }]));
  const denseGrowth = growth(denseDots, randomStream(createKey(findings.options.seed).fold('exponent')));
  return {
    title: 'Time per token against length',
    note: [
      `Microseconds per token of a causal forward and backward pass of one head of ${headDim}, always ${count(tokens)} tokens in all, chunks of ${chunkLength}, one thread;`,
      `medians of ${repeats} turns, all lengths of LSH taking turns in one process after 20 tokens of each were checked in plain loops.`,
      `Full attention is exact causal attention on the same kernels, which skip what lies after a token.`,
      `The last row is e in time per token ∝ length^e, with its 95 % bootstrap interval (figure 5 of the paper).`,
    ].join(' '),
    head: ['length', 'full attention', ...ways.map(lookName)],
    rows: [
      ...lengths.map((length) => [
        count(length),
        inMicroseconds(denseTime(findings, length)) ?? whyNot(findings, densePoint(length)),
        ...ways.map((rounds) => inMicroseconds(lshTime(findings, rounds, length)) ?? whyNot(findings, timePoint(rounds))),
      ]),
      [
        'exponent',
        orDash(denseGrowth, ({ exponent }) => withSign(exponent)),
        ...ways.map((rounds) =>
          orDash(exponentOf(findings, rounds), ({ exponent, low, high }) => ratioWithInterval({ ratio: exponent, low, high }, withSign)),
        ),
      ],
    ],
  };
}

const inMicroseconds = (seconds: number | undefined): string | undefined =>
  seconds === undefined ? undefined : `${(seconds * 1e6).toFixed(seconds < 1e-5 ? 2 : 1)} µs`;

export function imageTable(findings: Found): TitledTable {
  const { side, layers, width, heads, chunkLength, rounds, steps } = imageOf(findings.options);
  return {
    title: 'An image as one sequence',
    note: [
      `A generated image of ${side} x ${side} x 3 as ${count(side * side * 3)} steps, axial positions [${side}, ${side * 3}], ${layers} reversible layers of width ${width} with ${heads} heads,`,
      `LSH-${rounds} attention in chunks of ${chunkLength}, feed-forward layers and loss in chunks. Every parameter's gradient was seen to be finite and not zero.`,
      `Peak: resident bytes beyond those before the pass. Loss in nats per channel value (equal chances: ${Math.log(256).toFixed(2)}), before the first and before the last of ${steps} steps on new images.`,
    ].join(' '),
    head: ['steps', 'parameters', 'forward', 'forward + backward', 'peak memory', 'loss'],
    rows: [
      [
        count(side * side * 3),
        ...cells(found(findings, imagePoint, 'image'), whyNot(findings, imagePoint), 5, (figures) => [
          count(figures.parameters),
          duration(figures.forwardSeconds),
          duration(figures.bothSeconds),
          bytes(figures.peakBytes),
          `${figures.losses[0]?.toFixed(2)} → ${figures.losses.at(-1)?.toFixed(2)}`,
        ]),
      ],
    ],
  };
}

export function massTable(findings: Found): TitledTable {
  const { size, steps, chunkLengths, rounds, excerpts } = massOf(findings.options);
  const figures = found(findings, massPoint, 'mass');
  return {
    title: 'Attention mass that LSH finds on text',
    note: [
      `Mean share of the full causal attention of a token that lies on the tokens it meets under LSH; in brackets the same where tokens are sorted at random.`,
      `One layer of width ${size.width} with ${size.heads} heads, trained for ${count(steps)} steps with full shared query-key attention on Moby-Dick${figures === undefined ? '' : ` (${figures.bits.toFixed(2)} bits per character)`};`,
      `${excerpts} excerpts of ${count(size.length)} bytes of held-out chapters. A chunk attends to itself and the one before; buckets as the library chooses them.`,
    ].join(' '),
    head: ['chunk', ...rounds.map(lookName)],
    rows: chunkLengths.map((chunkLength) => [
      count(chunkLength),
      ...rounds.map((each) => {
        const cell = figures?.cells.find((cell) => cell.chunkLength === chunkLength && cell.rounds === each);
        return cell === undefined ? whyNot(findings, massPoint) : `${percent(cell.found)} (${percent(cell.byChance)})`;
      }),
    ]),
  };
}

export function lshHeadline(findings: Found): string[] {
  const { lengths } = lshTimeOf(findings.options);
  const accuraciesOf = (trained: Rounds) => {
    const figures = found(findings, trainPoint(trained), 'duplication');
    return figures && { by: (evaluated: Rounds): string => exact(figures.accuracies[evaluatedWith.indexOf(evaluated)] as number) };
  };
  const flat = timedRounds(findings.options).flatMap((rounds) =>
    whereKnown(exponentOf(findings, rounds), (fitted) => [{ rounds, ...fitted }]),
  );
  const last = lengths.findLast((length) => denseTime(findings, length) !== undefined);
  const hashed = last === undefined ? undefined : lshTime(findings, 1, last);
  const masses = found(findings, massPoint, 'mass')?.cells;
  const cell = (rounds: Rounds) => masses?.find((cell) => cell.chunkLength === 32 && cell.rounds === rounds);
  return [
    ...whereKnown(accuraciesOf(4), ({ by }) => [
      `Duplication: a model trained with LSH-4 is right on ${by(8)} with eight rounds, ${by(4)} with four, ${by(1)} with one.`,
    ]),
    ...whereKnown(accuraciesOf(1), ({ by }) => [`Trained with LSH-1, it is right on ${by(1)} with one round, ${by(8)} with eight.`]),
    ...whereKnown(accuraciesOf(0), ({ by }) => [
      `A model trained with full attention keeps ${by(8)} under LSH-8 and ${by(1)} under LSH-1.`,
    ]),
    ...flat.map(
      ({ rounds, exponent, from, to }) =>
        `Time per token of ${lookName(rounds)} grows as length^${withSign(exponent)} from ${count(from)} to ${count(to)} tokens.`,
    ),
    ...(hashed === undefined || last === undefined
      ? []
      : [
          `At length ${count(last)} full attention takes ${((denseTime(findings, last) as number) / hashed).toFixed(1)} times as long as LSH-1.`,
        ]),
    ...whereKnown(masses, () => [
      `On text, chunks of 32 find ${percent(cell(1)?.found ?? 0)} of the attention in one round and ${percent(cell(8)?.found ?? 0)} in eight (by chance ${percent(cell(1)?.byChance ?? 0)} and ${percent(cell(8)?.byChance ?? 0)}).`,
    ]),
  ];
}

export function lshPlots(findings: Found): LinePlot[] {
  const { lengths } = lshTimeOf(findings.options);
  const { chunkLengths, rounds } = massOf(findings.options);
  const masses = found(findings, massPoint, 'mass')?.cells ?? [];
  const dots = (value: (length: number) => number | undefined) => lengths.flatMap((x) => whereKnown(value(x), (y) => [{ x, y }]));
  return [
    {
      title: 'Time per token, forward and backward',
      x: { label: 'tokens in a sequence', scale: 'log', unit: 'count' },
      y: { label: 'seconds per token', scale: 'log', unit: 'seconds' },
      lines: [
        { name: 'full', isReference: true, dots: dots((length) => denseTime(findings, length)) },
        ...timedRounds(findings.options).map((each) => ({ name: lookName(each), dots: dots((length) => lshTime(findings, each, length)) })),
      ],
    },
    {
      title: 'Attention mass that LSH finds on text',
      x: { label: 'rounds', scale: 'log', unit: 'count' },
      y: { label: 'share of the mass', scale: 'linear', unit: 'number' },
      lines: chunkLengths.map((chunkLength) => ({
        name: `chunk ${chunkLength}`,
        dots: rounds.flatMap((x) =>
          masses.filter((cell) => cell.chunkLength === chunkLength && cell.rounds === x).map(({ found }) => ({ x, y: found })),
        ),
      })),
    },
  ];
}
