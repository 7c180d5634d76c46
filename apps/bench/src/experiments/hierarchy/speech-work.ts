import { countParameters, createKey, gatherRows, type Key, type Layer, normal, type Parameters } from '@longspan/core-tensor';
import { hat, hatLayout } from '@longspan/hierarchical';
import { concat, dispose, grads, mul, slice, sum, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { watchPeak } from '../../figures/memory-peak.ts';
import { randomStream } from '../../figures/random-stream.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { contest } from '../kernels/contest.ts';
import type { EncoderName, EncoderSize, MemoryFigures, SpeechInput, TimeFigures } from './hierarchy-input.ts';
import { type DocumentInputs, longformerEncoder } from './longformer-encoder.ts';
import { rows, speechAt } from './speech.ts';

type Encoder = Layer<DocumentInputs, Tensor>;

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

interface Problem extends DocumentInputs {
  readonly cotangent: Tensor;
}

/** The words' rows, padded to whole segments, as HAT needs it; Longformer gets the same. */
function problemOf(ids: Int32Array, { width, segmentLength }: EncoderSize, key: Key): Problem {
  const length = Math.ceil(ids.length / segmentLength) * segmentLength;
  const padded = new Int32Array(length);
  padded.set(ids);
  return {
    hidden: tidy(() => gatherRows(normal(key.fold('table'), [rows, width]), tensor2d(padded, [1, length], 'int32'))),
    cotangent: normal(key.fold('cotangent'), [1, length, width]),
    mask: [Array.from({ length }, (_, at) => (at < ids.length ? 1 : 0))],
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
  if (name === 'Longformer') return longformerEncoder(size);
  const { layers, documentLayers, width, heads, segmentLength, recompute } = size;
  const layout = hatLayout('interleaved', { sentences: layers, documents: documentLayers });
  const inner = hat({ width, heads, segmentLength, maxSegments: segments, layout, recompute });
  return { init: inner.init, apply: (parameters, inputs) => inner.apply(parameters, inputs).at(-1) as Tensor };
}

function sideOf(name: EncoderName, size: EncoderSize, { hidden, mask, cotangent }: Problem, key: Key): Side {
  const encoder = encoderOf(name, size, (hidden.shape[1] as number) / size.segmentLength + 1);
  const parameters = encoder.init(key.fold(name));
  const names = Object.keys(parameters);
  const gradients = grads((x: Tensor, ...values: Tensor[]) => {
    const own = Object.fromEntries(names.map((each, at) => [each, values[at] as Tensor]));
    return sum(mul(encoder.apply(own, { hidden: x, mask }), cotangent));
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
  const words = (problem.mask[0] as readonly number[]).slice(0, most);
  const [short, long] = tidy(() => {
    const part = slice(problem.hidden, [0, 0, 0], [1, most, width]);
    const pads = slice(problem.cotangent, [0, 0, 0], [1, segmentLength, width]);
    const padded = encoder.apply(parameters, {
      hidden: concat([part, pads], 1),
      mask: [[...words, ...new Array<number>(segmentLength).fill(0)]],
    });
    return [encoder.apply(parameters, { hidden: part, mask: [words] }), slice(padded, [0, 0, 0], [1, most, width])] as [Tensor, Tensor];
  });
  const [one, other] = [await short.data(), await long.data()];
  const off = one.findIndex((value, at) => words[Math.floor(at / width)] === 1 && !(Math.abs(value - (other[at] as number)) <= 1e-3));
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
