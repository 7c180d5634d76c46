import { everything } from '@longspan/attention-sparse/mask';
import { applyFeedForward, applyLinear, layerNorm, mergeHeads, type Parameters, splitHeads } from '@longspan/core-tensor';
import { fanInDraw } from '@longspan/core-tensor/layer';
import { expectClose, onBackends } from '@longspan/tooling/expect';
import { add, dispose, engine, matMul, mul, softmax, sum, type Tensor, tensor4d, tidy, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { draw, lively } from '../../test/random.ts';
import { robertaLayer } from './roberta-layer.ts';

const [width, heads, innerWidth, epsilon] = [6, 2, 8, 1e-12];
const layer = robertaLayer({
  width,
  heads,
  innerWidth,
  epsilon,
  chunkLength: undefined,
  activation: undefined,
  hiddenDropout: 0,
  attentionDropout: 0,
  draw: fanInDraw,
  blockSize: undefined,
});

/** The lowest number, which the reference adds to scores of padding: the score is lost in the sum, its gradient is not. */
const lowest = -3.4028234663852886e38;

/** The reference with all its scores at once; `hidden` is added to them. */
function dense(parameters: Parameters, x: Tensor, hidden: Tensor): Tensor {
  const of = (name: string): Tensor => parameters[name] as Tensor;
  const mapped = (name: string, given: Tensor): Tensor => applyLinear(given, of(`${name}.weight`), of(`${name}.bias`));
  const normed = (name: string, given: Tensor): Tensor =>
    layerNorm({ width, epsilon }).apply({ weight: of(`${name}.weight`), bias: of(`${name}.bias`) }, given);
  const projected = (name: string): Tensor => splitHeads(mapped(`attention.self.${name}`, x), heads);
  const scores = mul(matMul(projected('query'), projected('key'), false, true), (width / heads) ** -0.5);
  const read = mergeHeads(matMul(softmax(add(scores, hidden)), projected('value')));
  const attended = normed('attention.output.LayerNorm', add(x, mapped('attention.output.dense', read)));
  const fed = applyFeedForward(attended, {
    innerWeight: of('intermediate.dense.weight'),
    innerBias: of('intermediate.dense.bias'),
    outerWeight: of('output.dense.weight'),
    outerBias: of('output.dense.bias'),
  });
  return normed('output.LayerNorm', add(attended, fed));
}

onBackends('robertaLayer', () => {
  it('where a row is all padding weighs its tokens alike, with the gradients of the scores that are drowned', async () => {
    const parameters = lively(layer.init);
    const x = draw('x', [2, 4, width]);
    const hidden = tensor4d([lowest, lowest, lowest, lowest, 0, 0, 0, 0], [2, 1, 1, 4]);
    const attentive = tensor4d([0, 0, 0, 0, 1, 1, 1, 1], [2, 1, 4, 1]);
    const cotangent = draw('cotangent', x.shape);
    const inputs = [x, ...Object.values(parameters)];
    const gradientsOf = (run: () => Tensor) => engine().gradients(() => tidy(() => sum(mul(run(), cotangent))), inputs, undefined, true);
    const [out, whole] = [layer.apply(parameters, x, { mask: everything(), attentive }), tidy(() => dense(parameters, x, hidden))];
    const tolerance = { atol: 2e-5, rtol: 1e-4 };
    expectClose(await out.data(), await whole.data(), tolerance, 'out');
    const ours = gradientsOf(() => layer.apply(parameters, x, { mask: everything(), attentive }));
    const theirs = gradientsOf(() => dense(parameters, x, hidden));
    const names = ['x', ...Object.keys(parameters)];
    for (const [at, name] of names.entries()) {
      const [one, other] = [ours.grads[at] as Tensor, theirs.grads[at] as Tensor];
      expectClose(await one.data(), await other.data(), tolerance, `the gradient of ${name}`);
    }
    // They are not 0 where no query is attentive.
    const ofAll = engine().gradients(
      () => tidy(() => sum(mul(layer.apply(parameters, x, { mask: everything(), attentive: zeros([2, 1, 4, 1]) }), cotangent))),
      [parameters['attention.self.query.weight'] as Tensor],
      undefined,
      true,
    );
    expect(Math.max(...(await (ofAll.grads[0] as Tensor).data()).map(Math.abs))).toBeGreaterThan(1e-3);
    dispose([
      inputs,
      hidden,
      attentive,
      cotangent,
      out,
      whole,
      ours.value,
      ours.grads,
      theirs.value,
      theirs.grads,
      ofAll.value,
      ofAll.grads,
    ]);
  });
});
