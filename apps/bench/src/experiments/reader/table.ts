import type { TitledTable } from '../../report/table.ts';
import { count, duration } from '../../report/wording.ts';
import { type Findings, found, whyNot } from '../../run/experiment.ts';
import type { AnyFigures, MemoryFigures, ReaderFigures } from './input.ts';
import { memoryInput, memoryPoint, readerInput, readerPoint } from './points.ts';

type ReaderFindings = Findings<AnyFigures>;

export function readerTables(findings: ReaderFindings): readonly TitledTable[] {
  const figures = found(findings, readerPoint, 'reader');
  const cell = (of: (figures: ReaderFigures) => number): string =>
    figures === undefined ? whyNot(findings, readerPoint) : of(figures).toFixed(3);
  const { training, contexts, steps } = readerInput(findings.options);
  return [
    {
      title: 'Held-out chapters',
      note: `Bits per byte. The model is judged as its file holds it, in float16, after at least ${training.length / 4} bytes.`,
      head: ['what predicts', 'bits per byte'],
      rows: [
        [`the model, after ${count(steps)} steps`, cell((of) => of.heldOutBits)],
        ['each byte from the one before it', cell((of) => of.bigram)],
        ['byte frequencies', cell((of) => of.unigram)],
        ['gzip -9', cell((of) => of.gzip)],
      ],
    },
    {
      title: 'Texts longer than those of the training',
      note: `Bits per byte of the same bytes, with more or less of what stands before them; the training had ${count(training.length)} bytes.`,
      head: ['bytes seen', 'bits per byte'],
      rows: contexts.map((context) => [
        count(context),
        cell((of) => of.byContext.find((each) => each.context === context)?.bits ?? Number.NaN),
      ]),
    },
    memoryTable(findings),
  ];
}

function memoryTable(findings: ReaderFindings): TitledTable {
  const figures = found(findings, memoryPoint, 'memory');
  const { memories, memoryLength, segmentLength, steps } = memoryInput(findings.options);
  const bitsOf = ({ byMemory }: MemoryFigures, memory: number): string =>
    (byMemory.find((each) => each.memory === memory)?.bits ?? Number.NaN).toFixed(3);
  return {
    title: 'With memory',
    note: `Bits per byte of held-out chapters by a Transformer-XL after ${count(steps)} steps, read ${segmentLength} bytes at a time; while training its memory held ${memoryLength}.`,
    head: ['bytes of memory', 'bits per byte'],
    rows: memories.map((memory) => [count(memory), figures === undefined ? whyNot(findings, memoryPoint) : bitsOf(figures, memory)]),
  };
}

export function readerHeadline(findings: ReaderFindings): string[] {
  const figures = found(findings, readerPoint, 'reader');
  if (figures === undefined) return [];
  const { parameters, fileBytes, steps, trainingSeconds, heldOutBits, bigram, gzip } = figures;
  return [
    `${count(parameters)} parameters in ${count(fileBytes)} bytes need ${heldOutBits.toFixed(2)} bits per byte of held-out chapters after ${count(steps)} steps ` +
      `in ${duration(trainingSeconds)} (bigram ${bigram.toFixed(2)}, gzip ${gzip.toFixed(2)}).`,
  ];
}
