import { bucketCountFor, bucketOrder, drawRotations, hashBuckets } from '@longspan/attention-lsh';
import { applyLinear, createKey, type Key, type Parameters, randomPermutation } from '@longspan/core-tensor';
import { dispose, reshape, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { mobyDick } from '../../text/moby-dick.ts';
import { joined, split } from '../../text/text.ts';
import { excerpts, lessons } from '../../training/excerpts.ts';
import { runSteps } from '../../training/run.ts';
import { paperTraining } from '../../training/schedules.ts';
import type { MassCell, MassFigures, MassInput } from './input.ts';
import { type Retriever, retriever } from './retriever.ts';
import { seenKeys, weightsOf } from './seen-keys.ts';

/** Trains a model with full attention on the book, then looks how much of its attention to held-out chapters LSH would find. */
export async function measureMass(input: MassInput, onStep: (done: number, label: string) => Promise<void>): Promise<MassFigures> {
  const { size, seed, batch, steps, learningRate } = input;
  const key = createKey(seed).fold('mass');
  const { training, heldOut } = split(mobyDick());
  const [book, held] = [joined(training), joined(heldOut)];
  const model = retriever(size);
  const { losses, parameters } = await runSteps(
    model.loss({ kind: 'full' }),
    lessons(book, key.fold('train'), batch, size.length),
    { ...paperTraining(learningRate), steps, key },
    ({ total, losses }) => onStep((0.7 * losses.length) / total, `loss ${losses.at(-1)?.toFixed(3)}`),
  );
  const queryKeys = tidy(() => queryKeysOf(model, parameters, excerpts(held, key.fold('test'), input.excerpts, size.length), size.heads));
  const cells: MassCell[] = [];
  for (const chunkLength of input.chunkLengths) {
    cells.push(...(await massesOf(queryKeys, input, chunkLength, key.fold('hash').fold(chunkLength))));
    await onStep(0.7 + (0.3 * cells.length) / (input.chunkLengths.length * input.rounds.length), `chunks of ${chunkLength}`);
  }
  dispose([queryKeys, { ...parameters }]);
  const last = losses.slice(-10);
  return { kind: 'mass', bits: last.reduce((sum, loss) => sum + loss, 0) / last.length / Math.LN2, cells };
}

/** [b, h, n, d] of the model's attention. */
function queryKeysOf(model: Retriever, parameters: Parameters, ids: Tensor, heads: number): Tensor {
  const projected = applyLinear(model.attended(parameters, ids), parameters['layers.attention.inner.query_key.weight'] as Tensor);
  const [batch = 0, length = 0, width = 0] = projected.shape;
  return transpose(reshape(projected, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** One cell for each number of rounds; fewer rounds are the first ones of more. */
async function massesOf(queryKeys: Tensor, { rounds }: MassInput, chunkLength: number, key: Key): Promise<MassCell[]> {
  const [batch = 0, heads = 0, length = 0, headDim = 0] = queryKeys.shape;
  const most = Math.max(...rounds);
  const order = tidy(() => {
    const buckets = bucketCountFor({ length, chunkLength });
    return bucketOrder(
      hashBuckets(queryKeys, drawRotations(key, { heads, headDim, rounds: most, bucketCount: buckets }), { bucketCount: buckets }),
    );
  });
  const [sorted, x] = (await Promise.all([order.data(), queryKeys.data()])) as [Int32Array, Float32Array];
  dispose(order);
  const sums = rounds.map(() => ({ found: 0, byChance: 0, queries: 0 }));
  const met = new Uint8Array(length);
  for (let plane = 0; plane < batch * heads; plane++) {
    const orders = Array.from({ length: most }, (_, round) =>
      sorted.subarray((plane * most + round) * length, (plane * most + round + 1) * length),
    );
    const shuffled = orders.map((_, round) => randomPermutation(key.fold('chance').fold(plane).fold(round), length));
    const rows = x.subarray(plane * length * headDim, (plane + 1) * length * headDim);
    const looks = rounds.map((count) => ({
      found: seenKeys({ orders: orders.slice(0, count), chunkLength }),
      byChance: seenKeys({ orders: shuffled.slice(0, count), chunkLength }),
    }));
    for (let query = 1; query < length; query++) {
      const weights = weightsOf(
        rows,
        headDim,
        query,
        Array.from({ length: query }, (_, key) => key),
      );
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const share = (keys: readonly number[]): number => {
        met.fill(0, 0, query);
        let mass = 0;
        for (const key of keys) {
          if (met[key] === 0) mass += weights[key] as number;
          met[key] = 1;
        }
        return mass / total;
      };
      looks.forEach(({ found, byChance }, nth) => {
        const sum = sums[nth] as { found: number; byChance: number; queries: number };
        sum.found += share(found(query));
        sum.byChance += share(byChance(query));
        sum.queries++;
      });
    }
  }
  return sums.map(({ found, byChance, queries }, nth) => ({
    chunkLength,
    rounds: rounds[nth] as number,
    found: found / queries,
    byChance: byChance / queries,
  }));
}
