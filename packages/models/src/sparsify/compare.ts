import type { Padding, Parameters } from '@longspan/core-tensor';
import { abs, dispose, max, mul, square, sub, sum, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import type { AnyPretrainedModel } from '../pretrained/pretrained.ts';
import type { Change, SparsifyReport } from './report.ts';
import type { ReadText } from './sample.ts';

/** A number of each of two models. */
type Pair = readonly [before: number, after: number];

const changeOf = (pairs: readonly Pair[], count = 1): Change => ({
  before: pairs.reduce((all, [before]) => all + before, 0) / count,
  after: pairs.reduce((all, [, after]) => all + after, 0) / count,
});

/** Outputs, losses and times of two models with the same parameters. */
export async function compare(
  models: readonly [before: AnyPretrainedModel, after: AnyPretrainedModel],
  parameters: Parameters,
  texts: readonly ReadText[],
  onText: (done: number) => void,
): Promise<Pick<SparsifyReport, 'loss' | 'outputs' | 'time'>> {
  const [losses, times]: [Pair[], Pair[]] = [[], []];
  let [moved, whole, largest] = [0, 0, 0];
  for (const [at, text] of texts.entries()) {
    onText(at);
    await text.withIds(async (ids) => {
      const apart = await difference(models, parameters, ids, text);
      [moved, whole, largest] = [moved + apart.moved, whole + apart.whole, Math.max(largest, apart.largest)];
      if (text.lossContext !== undefined) losses.push(await eachOf(models, (model) => lossOf(model, parameters, ids, text)));
      // After the outputs, which warmed both up; who is first changes from text to text.
      const [first, second] = at % 2 === 0 ? models : [models[1], models[0]];
      const [one, other] = [await timeOf(first, parameters, ids, text), await timeOf(second, parameters, ids, text)];
      times.push(at % 2 === 0 ? [one, other] : [other, one]);
    });
  }
  return {
    loss: losses.length === 0 ? undefined : changeOf(losses, losses.length),
    outputs: { relative: whole === 0 ? 0 : Math.sqrt(moved / whole), largest },
    time: changeOf(times),
  };
}

const eachOf = async (
  [before, after]: readonly [AnyPretrainedModel, AnyPretrainedModel],
  run: (model: AnyPretrainedModel) => Promise<number>,
): Promise<Pair> => [await run(before), await run(after)];

/** Of all numbers that the models give for tokens. */
async function difference(
  models: readonly [AnyPretrainedModel, AnyPretrainedModel],
  parameters: Parameters,
  ids: Tensor,
  { context, padding, batch, length }: ReadText,
): Promise<{ readonly moved: number; readonly whole: number; readonly largest: number }> {
  const sums = tidy(() => {
    const [before, after] = models.map((model) => {
      const { hidden } = model.apply(parameters, ids, context);
      const isOfTokens = hidden.rank === 3 && hidden.shape[0] === batch && hidden.shape[1] === length;
      return padding?.some && isOfTokens ? mul(hidden, marksOf(padding, batch)) : hidden;
    }) as [Tensor, Tensor];
    const apart = sub(after, before);
    return [sum(square(apart)), sum(square(before)), max(abs(apart))];
  });
  try {
    const [moved, whole, largest] = await Promise.all(sums.map(async (each) => (await each.data())[0] as number));
    return { moved: moved as number, whole: whole as number, largest: largest as number };
  } finally {
    dispose(sums);
  }
}

/** [b, n, 1]: 1 for tokens, 0 for padding. */
function marksOf(padding: Padding, batch: number): Tensor {
  const marks = Array.from({ length: batch * padding.length }, (_, at) =>
    padding.isToken(Math.floor(at / padding.length), at % padding.length) ? 1 : 0,
  );
  return tensor(marks, [batch, padding.length, 1]);
}

async function lossOf(model: AnyPretrainedModel, parameters: Parameters, ids: Tensor, { lossContext }: ReadText): Promise<number> {
  const loss = (model.loss as NonNullable<typeof model.loss>).apply(parameters, ids, lossContext);
  try {
    return (await loss.data())[0] as number;
  } finally {
    loss.dispose();
  }
}

/** Milliseconds until the numbers are there. */
async function timeOf(model: AnyPretrainedModel, parameters: Parameters, ids: Tensor, { context }: ReadText): Promise<number> {
  const start = performance.now();
  const output = model.apply(parameters, ids, context);
  try {
    await output.hidden.data();
    return performance.now() - start;
  } finally {
    dispose(output as object as Parameters);
  }
}
