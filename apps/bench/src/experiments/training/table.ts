import type { TitledTable } from '../../report/table.ts';
import { bytes, count, duration, percent, withInterval } from '../../report/wording.ts';
import { type Findings, found, notMeasured, whyNot } from '../../run/experiment.ts';
import { aboutTargets, evaluate, times, type Verdict } from '../kernels/target.ts';
import type { StepParts, TrainingFigures } from './input.ts';
import {
  combinations,
  lefts,
  memoryPoint,
  memorySize,
  peerPoint,
  segmentLength,
  sizeInWords,
  stepSize,
  stockPoint,
  stockSize,
  target,
} from './points.ts';

type TrainingFindings = Findings<TrainingFigures>;

interface PeerLine {
  readonly name: string;
  readonly verdict: Verdict | undefined;
  readonly cells: readonly string[];
}

function peerLines(findings: TrainingFindings): PeerLine[] {
  return lefts(stepSize.n).map(([sees]) => {
    const name = peerPoint(sees);
    const work = `${sizeInWords(stepSize)}, ${sees}`;
    const must = `${target.bound} ${target.value}x its time`;
    const figures = found(findings, name, 'peer step');
    if (figures === undefined) {
      const why = findings.options.flags['python'] === undefined ? 'not measured: --python was not given' : whyNot(findings, name);
      return { name, verdict: undefined, cells: [work, 'PyTorch', '–', '–', must, '–', why] };
    }
    const { ratio, theirs, ours } = figures;
    const verdict = evaluate(ratio, target);
    const measured = `${times(ratio.ratio)} (${times(ratio.low)} to ${times(ratio.high)})`;
    return {
      name,
      verdict,
      cells: [work, 'PyTorch', withInterval(theirs, duration), withInterval(ours, duration), must, measured, verdict],
    };
  });
}

function stockRows(findings: TrainingFindings): string[][] {
  const size = stockSize(findings.options);
  return lefts(size.n).map(([sees]) => {
    const name = stockPoint(sees);
    const work = `${sizeInWords(size)}, ${sees}`;
    const figures = found(findings, name, 'stock step');
    if (figures === undefined) return [work, 'tfjs-wasm', '–', '–', '–', '–', whyNot(findings, name)];
    const { figure, base, head } = figures.measured;
    const ratio = `${times(1 / figure.ratio)} (${times(1 / figure.high)} to ${times(1 / figure.low)})`;
    return [work, 'tfjs-wasm', base, head, '–', ratio, 'for comparison'];
  });
}

/** Each step beside another library's. */
export function stepTable(findings: TrainingFindings): TitledTable {
  const peers = lefts(stepSize.n).flatMap(([sees]) => found(findings, peerPoint(sees), 'peer step') ?? []);
  const apart = (of: 'loss' | 'gradients' | 'weights'): string => Math.max(...peers.map((each) => each.apart[of])).toExponential(1);
  return {
    title: 'A training step',
    note: [
      'Forward, backward and the optimiser, float32, one sequence of bytes; rotary positions, feed-forward layers four times as wide.',
      'Both sides took turns in one run; medians, and ratios of our time to theirs round by round with 95 % bootstrap intervals.',
      "Beside PyTorch a step is one of `train`, AdamW in it, from the same weights; PyTorch's attention is scaled_dot_product_attention, whose",
      'window is a mask of all pairs (flex_attention has no backward pass on the CPU), and its AdamW is fused.',
      ...(peers.length === 0
        ? []
        : [
            `Before that both took one step and were compared: losses at most ${apart('loss')} apart, gradients ${apart('gradients')} and`,
            `the weights after it ${apart('weights')}, as shares of their size.`,
            `${[...new Set(peers.flatMap(({ versions }) => versions))].join('; ')}.`,
          ]),
      'tfjs-wasm is dense attention as its users write it, with stock kernels, on one thread, by its own Adam.',
    ].join(' '),
    head: ['work', 'library', 'the library', 'Longspan', 'Longspan must take', 'measured', 'result'],
    rows: [...peerLines(findings).map(({ cells }) => cells), ...stockRows(findings)],
  };
}

/** Where our step beside PyTorch's goes, and what of PyTorch's time each part is. */
export function stepPartTables(findings: TrainingFindings): TitledTable[] {
  return lefts(stepSize.n).flatMap(([sees]) => {
    const figures = found(findings, peerPoint(sees), 'peer step');
    if (figures === undefined) return [];
    const { parts, theirs } = figures;
    const row = (name: string, seconds: number): string[] => [
      name,
      duration(Math.max(0, seconds)),
      percent(Math.max(0, seconds) / parts.whole),
      times(Math.max(0, seconds) / theirs.median),
    ];
    return [
      {
        title: `Where a step goes, ${sees}`,
        note: [
          'The peak is a loop of multiply-adds on 128-bit vectors that keeps to registers, in the same rounds; WebAssembly has no wider ones.',
          "The last column is the part over PyTorch's whole step: the first two together are what no kernel for WebAssembly can come below.",
        ].join(' '),
        head: ['part', 'time', 'of the whole', "of PyTorch's step"],
        rows: partsInWords(parts).map(([name, seconds]) => row(name, seconds)),
      },
    ];
  });
}

const partsInWords = ({ linearAtPeak, attentionAtPeak, gradients, whole }: StepParts): readonly (readonly [string, number])[] => [
  ['multiply-adds of linear layers, forward and backward, at the peak', linearAtPeak],
  ['those of attention, of visible pairs, at the peak', attentionAtPeak],
  ['all else of the loss and its gradients', gradients - linearAtPeak - attentionAtPeak],
  ['the norm of the gradients, AdamW, reading the loss', whole - gradients],
  ['the whole', whole],
];

/** What each way to hold less holds. */
export function memoryTable(findings: TrainingFindings): TitledTable {
  const size = memorySize(findings.options);
  const plain = found(findings, memoryPoint('plain'), 'memory');
  return {
    title: 'Memory of a training step',
    note: [
      `Steps of \`train\` over ${count(size.n)} bytes, ${size.layers} layers of ${size.width}, a window of 512, AdamW, one thread, a process each.`,
      'The peak counts tensors and scratch on the wasm heap that the step made: gradients, new weights and new state as well, but not those',
      `from before it${plain === undefined ? '' : ` (weights and state, ${bytes(plain.beforeBytes)})`}.`,
      'Resident is what the process grew by at its largest, all included.',
      `Segment memory is Transformer-XL's: a step for each ${count(segmentLength)} bytes, which see as many before them; its loss is that of`,
      'the first segment.',
      'All that share a model have the same loss at first: recompute and chunks change no numbers but by rounding.',
    ].join(' '),
    head: ['way', 'peak of a step', 'of the plain peak', 'resident', 'time of all bytes', 'loss at first'],
    rows: Object.keys(combinations).map((name) => {
      const figures = found(findings, memoryPoint(name), 'memory');
      if (figures === undefined) return [name, '–', '–', '–', '–', whyNot(findings, memoryPoint(name))];
      const { peakBytes, residentBytes, seconds, loss } = figures;
      const share = plain === undefined ? '–' : percent(peakBytes / plain.peakBytes);
      return [name, bytes(peakBytes), share, bytes(residentBytes), duration(seconds), loss.toFixed(4)];
    }),
  };
}

/** Ways that may change no loss, and do. */
export function trainingFaults(findings: TrainingFindings): string[] {
  const lossOf = (name: string): number | undefined => found(findings, memoryPoint(name), 'memory')?.loss;
  const same = [
    ['plain', 'chunked loss', 'recompute', 'recompute, chunked loss'],
    ['reversibleSequence', 'reversibleSequence, chunked loss'],
    ['segment memory', 'segment memory, chunked loss', 'segment memory, recompute'],
  ];
  return same.flatMap(([first = '', ...others]) => {
    const expected = lossOf(first);
    return others.flatMap((name) => {
      const got = lossOf(name);
      if (expected === undefined || got === undefined || Math.abs(got - expected) <= 1e-4 * expected) return [];
      return [`memory: the loss of ${name} is ${got}, that of ${first} ${expected}`];
    });
  });
}

export function trainingHeadline(findings: TrainingFindings): string[] {
  if (findings.outcomes.length === 0) return [];
  const lines = peerLines(findings);
  const targets = lines.map(({ name, verdict, cells }) => ({
    row: verdict === undefined ? name : `${name} (${cells[5]})`,
    verdict,
    isTried: verdict !== undefined || (cells[6] !== notMeasured && findings.options.flags['python'] !== undefined),
  }));
  const memory = Object.keys(combinations).flatMap((name) => {
    const figures = found(findings, memoryPoint(name), 'memory');
    return figures === undefined ? [] : [{ name, peakBytes: figures.peakBytes }];
  });
  const least = memory.reduce((a, b) => (b.peakBytes < a.peakBytes ? b : a), memory[0] ?? { name: '', peakBytes: 0 });
  return [
    ...aboutTargets(targets, ' beside PyTorch'),
    ...(memory.length < 2 ? [] : [`The least memory: ${least.name}, ${bytes(least.peakBytes)} at the peak of a step.`]),
    ...trainingFaults(findings),
  ];
}
