import { reformerAttention } from '@longspan/attention-lsh';
import {
  axialPositions,
  chain,
  countParameters,
  createKey,
  defineLayer,
  embedding,
  feedForward,
  type Key,
  type Layer,
  type LayerResult,
  layerNorm,
  linear,
  linearCrossEntropy,
  randomUniform,
  trainable,
} from '@longspan/core-tensor';
import type { Targets } from '@longspan/models/language-model';
import { duplicateStreams, reversibleSequence } from '@longspan/reversible';
import { dispose, type Scalar, type Tensor, tensor2d, tidy, type Variable, variableGrads } from '@tensorflow/tfjs-core';
import { watchPeak } from '../../figures/memory-peak.ts';
import { endless } from '../../training/excerpts.ts';
import { runSteps } from '../../training/run.ts';
import { paperTraining } from '../../training/schedules.ts';
import type { ImageFigures, ImageInput } from './input.ts';

const [channels, levels] = [3, 256];

/** A small Reformer over an image as one sequence of channel values: axial positions, reversible blocks, LSH attention, chunked loss. */
export async function measureImage(input: ImageInput, onStep: (done: number, label: string) => Promise<void>): Promise<ImageFigures> {
  const { side, seed, steps } = input;
  const key = createKey(seed).fold('image');
  const tokens = side * side * channels;
  const model = imageModel(input);
  const first = tidy(() => trainable(model.init(key.fold('parameters'))));
  const image = (nth: number): { ids: Tensor; targets: Tensor } => {
    const values = generatedImage(key.fold('picture').fold(nth), side);
    return {
      ids: tensor2d(Int32Array.of(0, ...values.subarray(0, -1)), [1, tokens], 'int32'),
      targets: tensor2d(values, [1, tokens], 'int32'),
    };
  };
  const { ids, targets } = image(0);
  const loss = (): Scalar => model.apply(first, ids, { targets, key: key.fold('hash') }).hidden as Scalar;

  const start = performance.now();
  dispose(tidy(loss));
  const forwardSeconds = (performance.now() - start) / 1000;
  const peak = watchPeak();
  const begun = performance.now();
  const { value, grads } = variableGrads(loss, Object.values(first));
  const bothSeconds = (performance.now() - begun) / 1000;
  const peakBytes = peak().bytes;
  await checkGradients(first, grads);
  dispose([value, grads, ids, targets]);
  const count = countParameters(first);

  const data = endless((at) => {
    const { ids, targets } = image(at);
    return { x: ids, context: { targets }, carry: () => ({}) }; // buckets are hashed anew
  });
  const training = { ...paperTraining(1e-2), key, steps, parameters: first };
  const { losses, parameters } = await runSteps(model, data, training, ({ total, losses }) =>
    onStep(losses.length / total, `loss ${losses.at(-1)?.toFixed(3)}`),
  );
  dispose([{ ...first }, { ...parameters }]);
  return { kind: 'image', tokens, parameters: count, forwardSeconds, bothSeconds, peakBytes, losses };
}

async function checkGradients(parameters: Readonly<Record<string, Variable>>, gradients: Readonly<Record<string, Tensor>>): Promise<void> {
  for (const [name, { name: id }] of Object.entries(parameters)) {
    const numbers = (await gradients[id]?.data()) as Float32Array | undefined;
    const size = numbers?.reduce((sum, number) => sum + number * number, 0) ?? 0;
    if (!(size > 0 && Number.isFinite(size))) throw new Error(`the gradient of ${name} has the squared norm ${size}`);
  }
}

/** Colours that change smoothly under two waves, 0 … 255, red, green and blue of each pixel after each other. */
function generatedImage(key: Key, side: number): Int32Array {
  const shares = Array.from(randomUniform(key, 4 * channels));
  return Int32Array.from({ length: side * side * channels }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / channels), at % channels];
    const [row, column] = [Math.floor(pixel / side) / side, (pixel % side) / side];
    const [a, b, c, d] = shares.slice(4 * channel, 4 * channel + 4) as [number, number, number, number];
    const wave = Math.sin(2 * Math.PI * (a + 2 * b * row)) + Math.sin(2 * Math.PI * (c + 2 * d * column));
    return Math.round(((wave + 2) / 4) * (levels - 1));
  });
}

function imageModel({ side, width, heads, layers, chunkLength, rounds }: ImageInput): Layer<Targets, LayerResult> {
  const half = width / 2;
  const block = () => ({
    attention: chain({
      norm: layerNorm({ width }),
      inner: reformerAttention({ width, heads, chunkLength, rounds, causal: true }),
      output: linear({ inFeatures: width, outFeatures: width }),
    }),
    feedForward: chain({
      norm: layerNorm({ width }),
      inner: feedForward({ width, innerWidth: 2 * width, chunkLength: 2048 }),
    }),
  });
  const hidden = chain({
    levels: embedding({ vocabulary: levels, width, standardDeviation: 0.5 }),
    positions: axialPositions({ shape: [side, side * channels], widths: [half, half], standardDeviation: 0.5 }),
    streams: duplicateStreams(),
    body: reversibleSequence(Array.from({ length: layers }, block)),
    norm: layerNorm({ width: 2 * width }),
  });
  return defineLayer({
    name: 'imageModel',
    parts: { hidden, output: linear({ inFeatures: 2 * width, outFeatures: levels }) },
    reads: ['targets'],
    run({ parts, parameters }, ids, { targets }: Targets) {
      const output = parameters.below('output');
      return linearCrossEntropy(
        { hidden: parts.hidden(ids), weight: output.get('weight'), bias: output.get('bias'), targets },
        { chunkLength: 2048 },
      );
    },
  });
}
