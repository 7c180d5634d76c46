import { createKey, disposeState, type LayerState, randomUniform, type StatefulResult } from '@longspan/core-tensor';
import { tensorsOfContext } from '@longspan/core-tensor/layer';
import { dispose, type Tensor, tensor2d } from '@tensorflow/tfjs-core';
import { randomStream } from '../../figures/random-stream.ts';
import { startBackend } from '../../process/start-backend.ts';
import type { Reporter } from '../../process/work.ts';
import { contest } from '../kernels/contest.ts';
import { ablationModel } from './ablation-model.ts';
import type { SpeedFigures, SpeedInput, XlSize } from './xl-input.ts';

/** Times a segment read with memory against a window that is recomputed for one token, the same layers and weights. */
export async function runSpeed(input: SpeedInput, reporter: Reporter): Promise<SpeedFigures> {
  await startBackend('wasm');
  await reporter.started();
  await checkAgreement(input);
  const { size, attentionLength, segmentLength, seed, pace } = input;
  const key = createKey(seed).fold('speed');
  const random = randomStream(key.fold('draws'));
  const model = ablationModel(size, { positions: 'relative', memoryLength: attentionLength, reach: attentionLength - 1 });
  const parameters = model.init(key.fold('parameters'));
  const text = bytesOf(input, attentionLength + segmentLength + 1);
  let memory: LayerState = {};
  for (let start = 0; start < attentionLength; start += segmentLength) {
    memory = readSegment(model, parameters, memory, text.subarray(start, Math.min(start + segmentLength, attentionLength) + 1));
  }
  const segment = scored(text.subarray(attentionLength));
  const window = scored(text.subarray(segmentLength, segmentLength + attentionLength + 1), 'last');
  const outcome = ({ hidden, state }: StatefulResult): Tensor[] => [hidden, ...tensorsOfContext(state)];
  const run = (text: Scored, state: LayerState): Tensor[] => outcome(read(model, parameters, text, state));
  const found = await contest(
    { name: 'with memory', takeOver: async () => {}, run: () => run(segment, memory) },
    { name: 'window recomputed', takeOver: async () => {}, run: () => run(window, {}) },
    pace,
    random,
    (done) => reporter.progress({ done: 0.3 + 0.7 * done, label: `attention over ${attentionLength} bytes` }),
  );
  disposeState(memory);
  dispose([parameters, segment.tokens, window.tokens]);
  const { ratio, low, high } = found.ratio;
  const perToken = (value: number): number => value * segmentLength;
  return {
    kind: 'speed',
    contest: found,
    timesSlower: { ratio: perToken(ratio), low: perToken(low), high: perToken(high) },
  };
}

type Model = ReturnType<typeof ablationModel>;
type Weights = ReturnType<Model['init']>;

interface Scored {
  readonly tokens: Tensor;
  readonly targets: Int32Array;
}

/** The bytes but the last as tokens, each with the one after it to predict; or with the last one alone. */
function scored(bytes: Int32Array, which: 'all' | 'last' = 'all'): Scored {
  const count = bytes.length - 1;
  const targets = bytes.slice(1);
  if (which === 'last') targets.fill(-100, 0, count - 1);
  return { tokens: tensor2d(bytes.slice(0, count), [1, count], 'int32'), targets };
}

const read = (model: Model, parameters: Weights, { tokens, targets }: Scored, state: LayerState): StatefulResult =>
  model.apply(parameters, tokens, { targets, state });

function readSegment(model: Model, parameters: Weights, memory: LayerState, bytes: Int32Array): LayerState {
  const segment = scored(bytes);
  const { hidden, state } = read(model, parameters, segment, memory);
  dispose([segment.tokens, hidden]);
  disposeState(memory);
  return state;
}

const bytesOf = ({ seed }: SpeedInput, count: number): Int32Array =>
  Int32Array.from(randomUniform(createKey(seed).fold('bytes'), count), (share) => Math.floor(share * 256));

/** With one layer both ways see the same and must give the same loss; with more, memory reaches farther back than the window. */
async function checkAgreement({ seed, size }: SpeedInput): Promise<void> {
  const one: XlSize = { ...size, layers: 1 };
  const [attentionLength, segmentLength] = [40, 24];
  const model = ablationModel(one, { positions: 'relative', memoryLength: attentionLength, reach: attentionLength - 1 });
  const parameters = model.init(createKey(seed).fold('check'));
  const text = Int32Array.from({ length: 3 * segmentLength + 1 }, (_, at) => (at * 89 + 7) % 256);
  let memory: LayerState = {};
  for (const start of [0, segmentLength]) memory = readSegment(model, parameters, memory, text.subarray(start, start + segmentLength + 1));
  const segment = scored(text.subarray(2 * segmentLength));
  const withMemory = read(model, parameters, segment, memory);
  const losses = await withMemory.hidden.data();
  for (const at of [0, 9, segmentLength - 1]) {
    const end = 2 * segmentLength + at;
    const window = scored(text.subarray(end + 1 - attentionLength, end + 2), 'last');
    const recomputed = read(model, parameters, window, {});
    const [ours, theirs] = [losses[at] as number, (await recomputed.hidden.data())[attentionLength - 1] as number];
    if (!(Math.abs(ours - theirs) <= 1e-5 * theirs))
      throw new Error(`token ${at}: ${ours} nats with memory, ${theirs} by its window recomputed`);
    dispose([window.tokens, recomputed.hidden]);
    disposeState(recomputed.state);
  }
  disposeState(memory);
  disposeState(withMemory.state);
  dispose([parameters, segment.tokens, withMemory.hidden]);
}
