import {
  countParameters,
  createKey,
  gatherRows,
  type Key,
  type Layer,
  normal,
  type Padding,
  type Parameters,
  paddingOfLengths,
} from '@longspan/core-tensor';
import { hat, hatSchedule } from '@longspan/hierarchical';
import { recomputedLayer } from '@longspan/reversible';
import { concat, dispose, grads, mul, slice, sum, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { watchPeak } from '../../figures/memory-peak.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { contest } from '../kernels/contest.ts';
import type { EncoderName, EncoderSize, MemoryFigures, SpeechInput, TimeFigures } from './hierarchy-input.ts';
import { chunkLength, longformerEncoder } from './longformer-encoder.ts';
import { rows, speechAt } from './speech.ts';

/** One of the two, with its own way of reading the padding. */
interface Encoder {
  readonly init: Layer['init'];
  apply(parameters: Parameters, words: Tensor, padding: Padding): Tensor;
}

/** Time: both in turns in one process. Memory: one of them in a process that did nothing else. */
export async function runSpeech(input: SpeechInput, reporter: Reporter): Promise<TimeFigures | MemoryFigures> {
  await startBackend('wasm');
  await reporter.started();
  const { size, quantile, seed } = input;
  const key = createKey(seed).fold('speeches');
  const { ids, ...speech } = speechAt(quantile);
  const problem = problemOf(ids, size, key);
  if (input.kind === 'memory') return { kind: 'memory', speech, peakBytes: memoryOf(input.encoder as EncoderName, size, problem, key) };

  const sides = (['HAT', 'Longformer'] as const).map((name) => sideOf(name, size, problem, key));
  const [mine, theirs] = sides as [Side, Side];
  for (const side of sides) await checkPadding(side, size, problem);
  const found = await contest(mine, theirs, input.pace, randomStream(key.fold('draws')), (done) =>
    reporter.progress({ done, label: `${speech.words} words` }),
  );
  const parameters = { HAT: countParameters(mine.parameters), Longformer: countParameters(theirs.parameters) };
  for (const side of sides) dispose(side.parameters);
  dispose([problem.hidden, problem.cotangent]);
  return { kind: 'time', speech, contest: found, parameters };
}

interface Problem {
  /** [1, n, width] */
  readonly hidden: Tensor;
  readonly padding: Padding;
  readonly words: number;
  readonly cotangent: Tensor;
}

/** The words' rows, padded to whole segments, as HAT would do itself; Longformer gets the same. */
function problemOf(ids: Int32Array, { width, segmentLength }: EncoderSize, key: Key): Problem {
  const length = Math.ceil(ids.length / segmentLength) * segmentLength;
  const padded = new Int32Array(length);
  padded.set(ids);
  return {
    hidden: tidy(() => gatherRows(normal(key.fold('table'), [rows, width]), tensor2d(padded, [1, length], 'int32'))),
    cotangent: normal(key.fold('cotangent'), [1, length, width]),
    padding: paddingOfLengths([ids.length], length),
    words: ids.length,
  };
}

interface Side {
  readonly name: EncoderName;
  readonly encoder: Encoder;
  readonly parameters: Parameters;
  takeOver(): Promise<void>;
  run(): readonly Tensor[];
}

function encoderOf(name: EncoderName, size: EncoderSize, segments: number): Encoder {
  if (name === 'Longformer') {
    const inner = longformerEncoder(size);
    return { init: inner.init, apply: (parameters, words, padding) => inner.apply(parameters, words, { padding, globals: [0] }) };
  }
  const { layers, documentLayers, width, heads, segmentLength, recompute } = size;
  const schedule = hatSchedule('interleaved', { sentences: layers, documents: documentLayers });
  const again = recompute ? { wrapLayer: recomputedLayer, chunkLength } : {};
  const inner = hat({ width, heads, segmentLength, maxSegments: segments, schedule, ...again });
  return { init: inner.init, apply: (parameters, words, padding) => inner.apply(parameters, words, { padding }).hidden };
}

function sideOf(name: EncoderName, size: EncoderSize, { hidden, padding, cotangent }: Problem, key: Key): Side {
  const encoder = encoderOf(name, size, (hidden.shape[1] as number) / size.segmentLength + 1);
  const parameters = encoder.init(key.fold(name));
  const names = Object.keys(parameters);
  const gradients = grads((x: Tensor, ...values: Tensor[]) => {
    const own = Object.fromEntries(names.map((each, at) => [each, values[at] as Tensor]));
    return sum(mul(encoder.apply(own, x, padding), cotangent));
  });
  return {
    name,
    encoder,
    parameters,
    takeOver: async () => {},
    run: () => gradients([hidden, ...Object.values(parameters)]),
  };
}

/** Another segment of padding must change no word: what the encoders make of a speech is its own. */
async function checkPadding({ name, encoder, parameters }: Side, { width, segmentLength }: EncoderSize, problem: Problem): Promise<void> {
  const most = Math.min(problem.hidden.shape[1] as number, 8 * segmentLength);
  const words = Math.min(problem.words, most);
  const [short, long] = tidy(() => {
    const part = slice(problem.hidden, [0, 0, 0], [1, most, width]);
    const pads = slice(problem.cotangent, [0, 0, 0], [1, segmentLength, width]);
    const padded = encoder.apply(parameters, concat([part, pads], 1), paddingOfLengths([words], most + segmentLength));
    return [encoder.apply(parameters, part, paddingOfLengths([words], most)), slice(padded, [0, 0, 0], [1, most, width])] as [
      Tensor,
      Tensor,
    ];
  });
  const [one, other] = [await short.data(), await long.data()];
  const off = one.findIndex((value, at) => Math.floor(at / width) < words && !(Math.abs(value - (other[at] as number)) <= 1e-3));
  dispose([short, long]);
  if (off >= 0) throw new Error(`${name}: padding changed the word at ${Math.floor(off / width)}: ${one[off]} and ${other[off]}`);
}

function memoryOf(name: EncoderName, size: EncoderSize, problem: Problem, key: Key): number {
  const side = sideOf(name, size, problem, key);
  const peak = watchPeak();
  const results = side.run();
  const { bytes } = peak();
  dispose([...results, problem.hidden, problem.cotangent]);
  dispose(side.parameters);
  return bytes;
}
