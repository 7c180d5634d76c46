import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  countParameters,
  createKey,
  disposeParameters,
  disposeState,
  type Key,
  type Parameters,
  randomUniform,
} from '@longspan/core-tensor';
import type { Targets } from '@longspan/models/language-model';
import { adamW, type Batch, cosineSchedule, type Data, matrices, type Schedule, train, warmup } from '@longspan/training';
import { dispose, tensor2d } from '@tensorflow/tfjs-core';
import { type LanguageModelSize, languageModel } from '../../model/language-model.ts';
import { startLongspan } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { mobyDick } from '../../text/moby-dick.ts';
import { endless } from '../../training/excerpts.ts';
import { writeArrays } from '../peers/array-files.ts';
import type { Arrays } from '../peers/arrays.ts';
import { type PythonScript, startPython } from '../peers/python-process.ts';
import { flopsOf } from '../training/peer-step-work.ts';
import { bookParts, type Span, spansOf } from './book-text.ts';
import type { BookFigures, BookInput, CurvePoint, Judged } from './input.ts';

const [beta2, maxNorm] = [0.99, 1];

/** Steps of one side before the other has its turn. */
const turnSteps = 4;

/** One of the two in training. */
interface Side {
  /** Goes on to that step, and judges there where asked. */
  trainTo(step: number, isJudged: boolean): Promise<{ readonly seconds: number; readonly bits: number | undefined }>;
  /** Bits per held-out byte; the end of its training. */
  judge(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Trains ours and PyTorch's from the same weights, on the same excerpts at the same learning rates, turn by turn, and judges both by the
 * same held-out bytes. Only dropout draws its own numbers on each side. Judging is in nobody's time.
 */
export async function runBook(input: BookInput, reporter: Reporter): Promise<BookFigures> {
  const { size, seed, batch, threads, instructions } = input;
  const registration = await startLongspan({ threads, ...(instructions && { instructions }) });
  if (registration.threads !== threads) throw new Error(`Longspan has ${registration.threads} threads: ${registration.threadsReason}`);
  const { training, heldOut } = bookParts(mobyDick());
  const key = createKey(seed).fold('book');
  const initial = languageModel(size).init(key.fold('parameters'));
  const { linear, attention } = flopsOf(size, initial);
  const flopsPerStep = batch * (linear + attention);
  const steps = Math.max(1, Math.round(input.flops / flopsPerStep));
  const every = Math.max(1, Math.floor(steps / input.judgements));
  const lessons: Lessons = {
    offsets: (step) =>
      Array.from(randomUniform(key.fold('excerpts').fold(step), batch), (share) => Math.floor(share * (training.length - size.n))),
    rate: scheduleOf(input.learningRate, steps),
  };
  const start: Start = { initial, training, heldOut };
  const theirs = input.python === undefined ? undefined : await torchSide(input, input.python, start, lessons);
  const ours = ourSide(input, start, lessons, { steps, every, key });
  await reporter.started();

  const sides = { ours, ...(theirs === undefined ? {} : { theirs: theirs.side }) };
  const seconds = { ours: 0, theirs: 0 };
  const judged = (bits: Readonly<Record<string, number | undefined>>): Record<string, Judged> =>
    Object.fromEntries(
      Object.entries(bits).flatMap(([side, found]) =>
        found === undefined ? [] : [[side, { seconds: seconds[side as keyof Sides], bits: found }]],
      ),
    );
  const curve: CurvePoint[] = [];
  try {
    for (let done = 0, turn = 0; done < steps; turn++) {
      const next = Math.min(done + turnSteps, steps, (Math.floor(done / every) + 1) * every);
      const isJudged = next % every === 0;
      const bits: Record<string, number | undefined> = {};
      const inTurn = Object.entries(sides) as [keyof Sides, Side][];
      for (const [name, side] of turn % 2 === 0 ? inTurn : inTurn.toReversed()) {
        const found = await side.trainTo(next, isJudged);
        seconds[name] += found.seconds;
        bits[name] = found.bits;
      }
      done = next;
      if (isJudged) curve.push({ step: done, flops: done * flopsPerStep, ...judged(bits) } as CurvePoint);
      const told = curve.at(-1);
      const news = told === undefined ? '' : `, ${told.ours.bits.toFixed(2)} bits per byte, PyTorch ${told.theirs?.bits.toFixed(2) ?? '–'}`;
      await reporter.progress({ done: done / steps, label: `step ${done} of ${steps}${news}` });
    }
    const last: Record<string, number> = {};
    for (const [name, side] of Object.entries(sides)) last[name] = await side.judge();
    return {
      parameters: countParameters(initial),
      steps,
      bytesPerStep: batch * size.n,
      trainingBytes: training.length,
      heldOutBytes: heldOut.length,
      lastBytes: bytesOf(spansOf(heldOut.length, size.n, input.lastBytes)),
      curve,
      last: { step: steps, flops: steps * flopsPerStep, ...judged(last) } as CurvePoint,
      versions: [
        `Longspan's build for ${registration.instructions}, ${threads} ${threads === 1 ? 'thread' : 'threads'} each`,
        ...(theirs === undefined ? [] : [theirs.version]),
      ],
    };
  } finally {
    await theirs?.side.close();
    await ours.close();
    disposeParameters(initial);
    registration.unregister(); // ends the threads
  }
}

interface Sides {
  readonly ours: Side;
  readonly theirs: Side;
}

interface Lessons {
  /** Where the excerpts of a step begin. */
  readonly offsets: (step: number) => readonly number[];
  readonly rate: Schedule;
}

interface Start {
  readonly initial: Parameters;
  readonly training: Uint8Array;
  readonly heldOut: Uint8Array;
}

/** Up over a twentieth of the steps, then down along a cosine to a tenth. */
function scheduleOf(learningRate: number, steps: number): Schedule {
  const rising = Math.max(1, Math.round(steps / 20));
  const rates = warmup(rising, cosineSchedule({ learningRate, steps: Math.max(1, steps - rising), floor: learningRate / 10 }));
  return (step) => rates(step + 1); // the first step moves as well
}

const withDropout = ({ size, dropout }: BookInput): LanguageModelSize => ({ ...size, dropout });

function ourSide(
  input: BookInput,
  { initial, training, heldOut }: Start,
  lessons: Lessons,
  { steps, every, key }: { readonly steps: number; readonly every: number; readonly key: Key },
): Side {
  const { batch, judgedBytes, weightDecay } = input;
  const { n } = input.size;
  const model = languageModel(withDropout(input));
  const rows = (source: Uint8Array, offsets: readonly number[], shift: number): Int32Array =>
    Int32Array.from(offsets.flatMap((offset) => [...source.subarray(offset + shift, offset + shift + n)]));
  const batchOf = (ids: Int32Array, targets: Int32Array): Batch => {
    const shape: [number, number] = [ids.length / n, n];
    return { x: tensor2d(ids, shape, 'int32'), context: { targets: tensor2d(targets, shape, 'int32') } };
  };
  const data = endless((at) => {
    const offsets = lessons.offsets(at);
    return batchOf(rows(training, offsets, 0), rows(training, offsets, 1));
  });
  const judged = (spans: readonly Span[]): Data =>
    function* () {
      for (let from = 0; from < spans.length; from += batch) {
        const part = spans.slice(from, from + batch);
        const offsets = part.map(([offset]) => offset);
        const targets = rows(heldOut, offsets, 1);
        part.forEach(([, scored], row) => void targets.fill(-100, row * n, (row + 1) * n - scored)); // what is context alone
        yield { ...batchOf(rows(heldOut, offsets, 0), targets), count: bytesOf(part) };
      }
    };
  const run = train(model.loss, data, {
    key: key.fold('run'),
    steps,
    schedule: lessons.rate,
    optimizer: adamW({ beta2, weightDecay, decays: matrices }),
    parameters: initial,
    maxNorm,
    validation: { data: judged(spansOf(heldOut.length, n, judgedBytes)), every },
  });
  const iterator = run[Symbol.asyncIterator]();
  return {
    async trainTo(step) {
      let [seconds, bits]: [number, number | undefined] = [0, undefined];
      for (let at = 0; at < step; ) {
        const { value, done } = await iterator.next();
        if (done === true) break;
        at = value.step;
        seconds += (batch * n) / value.tokensPerSecond; // judging is not in it
        bits = value.validationLoss === undefined ? undefined : value.validationLoss / Math.LN2;
      }
      return { seconds, bits };
    },
    async judge() {
      const { parameters, state } = await run.finish();
      const spans = spansOf(heldOut.length, n, input.lastBytes);
      let nats = 0;
      for (const { x, context, count } of judged(spans)(0) as Iterable<Batch & { context: Targets; count: number }>) {
        const loss = model.loss.apply(parameters, x, { targets: context.targets });
        nats += ((await loss.data())[0] as number) * count;
        dispose([loss, x, context.targets]);
      }
      disposeParameters(parameters);
      disposeState(state);
      return nats / bytesOf(spans) / Math.LN2;
    },
    close: async () => void (await iterator.return?.()),
  };
}

const bytesOf = (spans: readonly Span[]): number => spans.reduce((sum, [, scored]) => sum + scored, 0);

async function torchSide(
  input: BookInput,
  python: string,
  { initial, training, heldOut }: Start,
  lessons: Lessons,
): Promise<{ readonly side: Side; readonly version: string }> {
  const { size, dropout, batch, weightDecay, threads, seed, script, folder } = input;
  mkdirSync(folder, { recursive: true });
  const files = mkdtempSync(join(folder, 'book-'));
  try {
    const inputs = join(files, 'inputs.safetensors');
    const bytes = (of: Uint8Array): Arrays[string] => ({ shape: [of.length], values: Float32Array.from(of) });
    const weights: [string, Arrays[string]][] = [];
    for (const [name, tensor] of Object.entries(initial)) {
      weights.push([name, { shape: tensor.shape, values: Float32Array.from(await tensor.data()) }]);
    }
    writeArrays(inputs, { ...Object.fromEntries(weights), text: bytes(training), heldOut: bytes(heldOut) });
    const asked = { ...size, dropout, batch, weightDecay, beta2, maxNorm, threads, seed, inputs };
    const torch: PythonScript = startPython(python, script, asked);
    const { version } = (await torch.answer()) as { readonly version: string };
    const judge = async (spans: readonly Span[]): Promise<number> => {
      const { nats } = (await torch.ask({ judge: spans })) as { readonly nats: number };
      return nats / bytesOf(spans) / Math.LN2;
    };
    let taken = 0;
    const side: Side = {
      async trainTo(step, isJudged) {
        const steps = Array.from({ length: step - taken }, (_, at) => ({
          offsets: lessons.offsets(taken + at),
          learningRate: lessons.rate(taken + at),
        }));
        taken = step;
        const { seconds } = (await torch.ask({ steps })) as { readonly seconds: number };
        return { seconds, bits: isJudged ? await judge(spansOf(heldOut.length, size.n, input.judgedBytes)) : undefined };
      },
      judge: () => judge(spansOf(heldOut.length, size.n, input.lastBytes)),
      close: async () => torch.close(),
    };
    return { side, version };
  } finally {
    rmSync(files, { recursive: true });
  }
}
