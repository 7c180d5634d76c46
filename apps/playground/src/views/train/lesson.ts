import { createKey, crossEntropy, type Key, type LayerState, type Parameters } from '@longspan/core-tensor';
import { hiddenOf, stateOf } from '@longspan/core-tensor/layer';
import { resetRows } from '@longspan/memory-xl';
import {
  accuracy,
  bitsPerCharacter,
  type Data,
  dataAt,
  dataFrom,
  type SegmentBatch,
  segments,
  type TaskExample,
  taskBatch,
  tracks,
} from '@longspan/training';
import { argMax, dispose, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { SmallModel } from './make-model.ts';
import { makeTask } from './make-task.ts';
import type { Settings } from './settings.ts';

/** What a model learns from, and what it is judged by. */
export interface Lesson {
  readonly vocabulary: number;
  /** Tokens of a row. */
  readonly length: number;
  /** The accuracy without reading anything; undefined for texts. */
  readonly chance: number | undefined;
  readonly data: Data;
  /** An example that is not trained on: of a text its tokens alone. */
  readonly shown: TaskExample;
  /** Accuracy, or bits per character, on what is not trained on. */
  judge(model: SmallModel, parameters: Parameters): Promise<number>;
}

/** Examples that are judged at a time. */
const judgedRows = 64;

/** The key that all of a run is drawn from. */
export const keyOf = ({ seed }: Pick<Settings, 'seed'>): Key => createKey(seed).fold('playground');

type Applied = (parameters: Parameters, ids: Tensor, context?: { readonly state: LayerState }) => Tensor;

/** A model on a batch, going on from a state where it has one. */
export const run = (model: SmallModel, parameters: Parameters, ids: Tensor, state: LayerState = {}) => {
  const output = (model.apply as Applied)(parameters, ids, ...(model.states.length === 0 ? [] : ([{ state }] as const)));
  return { logits: hiddenOf(output), state: stateOf(output) };
};

/** @throws ConfigError, in words for people, where the sizes do not fit together */
export function taskLesson(settings: Settings): Lesson {
  const { subject, sizes, batch } = settings;
  if (subject === 'text') throw new Error('A text is no task.');
  const task = makeTask(subject, sizes);
  const key = keyOf(settings);
  const { vocabulary, length, chance } = task;
  // Examples have nothing to do with each other: what layers remember (LSH's buckets) goes with each batch.
  const starts = Array.from({ length: batch }, (_, row) => row);
  const judged = taskBatch(task, { batch: judgedRows, key: key.fold('judged') });
  return {
    vocabulary,
    length,
    chance,
    data: dataAt((position) => ({ ...taskBatch(task, { batch, key: key.fold('train').fold(position) }), starts })),
    shown: task.example(key.fold('shown')),
    judge: async (model, parameters) => {
      const answers = tidy(() => argMax(run(model, parameters, tensor2d(judged.ids, [...judged.shape], 'int32')).logits, -1));
      const metric = accuracy();
      const mask = Array.from(judged.targets, (target) => Number(target >= 0));
      metric.add({ labels: judged.targets, predictions: await answers.data(), mask });
      answers.dispose();
      return metric.value();
    },
  };
}

/** Shares of a text: its end is not trained on. */
const heldOutShare = 0.05;

/** Segments that are judged at a time, of so many rows, where the text has them. */
const [judgedTracks, judgedSegments] = [8, 2];

/** The least bytes of a text that can be learnt by rows of that length. */
export const leastBytes = ({ context, batch }: Pick<Settings, 'context' | 'batch'>): number =>
  Math.max(4 * (context + 1), 2 * batch + context + 1);

/** @throws Error, in words for people, where the text is too short */
export function textLesson(settings: Settings, bytes: Uint8Array): Lesson {
  const { batch, context: length, mechanism } = settings;
  if (bytes.length < leastBytes(settings)) {
    const least = leastBytes(settings).toLocaleString('en');
    throw new Error(
      `A text must have at least ${least} bytes for rows of ${length} and a batch of ${batch}; this one has ${bytes.length.toLocaleString('en')}. Take a longer text, or a smaller context.`,
    );
  }
  const held = Math.max(length + 1, Math.floor(bytes.length * heldOutShare));
  const [taught, rest] = [bytes.subarray(0, -held), bytes.subarray(-held)];
  const isRemembering = mechanism === 'xl';
  const rows = tracks(taught, batch);
  const all = Array.from({ length: batch }, (_, row) => row);
  const data = dataFrom<SegmentBatch>(
    (position) => epochs(rows, { segmentLength: length, batch, position, starts: isRemembering ? undefined : all }),
    {
      reset: resetRows,
    },
  );
  const count = Math.max(1, Math.min(judgedTracks, Math.floor(rest.length / (length + 1))));
  const judged = tracks(rest, count);
  return {
    vocabulary: 256,
    length,
    chance: undefined,
    data,
    shown: { tokens: Int32Array.from(rest.subarray(0, Math.min(length, 48))), targets: new Int32Array(0) },
    judge: async (model, parameters) => {
      const metric = bitsPerCharacter();
      let state: LayerState = {};
      for (let at = 0; at < judgedSegments && (at + 1) * length < (judged[0] as Int32Array).length; at++) {
        const of = (offset: number): number[] =>
          judged.flatMap((row) => [...row.subarray(at * length + offset, (at + 1) * length + offset)]);
        const targets = of(1);
        const found = tidy(() => {
          const output = run(model, parameters, tensor2d(of(0), [count, length], 'int32'), state);
          const losses = crossEntropy(output.logits, tensor2d(targets, [count, length], 'int32'), { reduction: 'none' });
          return { losses, state: output.state as Record<string, Tensor> };
        });
        const losses = Array.from(await found.losses.data());
        disposeTensors(state);
        found.losses.dispose();
        state = isRemembering ? found.state : {};
        if (!isRemembering) disposeTensors(found.state);
        // A byte that goes on with a character is none of its own.
        metric.add({ losses, characters: targets.filter((byte) => (byte & 0b1100_0000) !== 0b1000_0000).length });
      }
      disposeTensors(state);
      return metric.value();
    },
  };
}

const disposeTensors = (state: LayerState): void => dispose(Object.values(state).filter((each) => typeof each !== 'number'));

/** The same rows again and again. `starts` says which rows forget before each batch, where it is not those that begin again. */
async function* epochs(
  rows: readonly Int32Array[],
  options: {
    readonly segmentLength: number;
    readonly batch: number;
    readonly position: number;
    readonly starts: readonly number[] | undefined;
  },
): AsyncGenerator<SegmentBatch> {
  const { starts, ...own } = options;
  const again = function* () {
    for (;;) yield* rows;
  };
  for await (const each of segments(again(), own)) yield starts === undefined ? each : { ...each, starts };
}
