import {
  adamWStep,
  applyDropout,
  applyFeedForward,
  applyLayerNorm,
  applyLinear,
  crossEntropy,
  gatherRows,
  gelu,
} from '@longspan/core-tensor';
import { square, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { SoakCall } from './call.ts';
import { differentiated, labelled, tolerance } from './differentiated.ts';
import type { Draw } from './draw.ts';

type Maker = (draw: Draw) => SoakCall;

/** x [..., width] with one or two axes before the last. */
const batchOf = (draw: Draw): number[] => {
  const rows = draw.whole('rows', 1, 700);
  return draw.one('rank', [false, true]) ? [draw.whole('batch', 1, 3), rows] : [rows];
};

const linear: Maker = (draw) => {
  const [batch, width, out] = [batchOf(draw), draw.whole('width', 1, 300), draw.whole('out', 1, 300)];
  const bias = draw.one('has bias', [true, false]);
  const shapes = { x: [...batch, width], weight: [out, width], ...(bias ? { bias: [out] } : {}) };
  return {
    label: labelled('linear', shapes),
    tolerance,
    run: differentiated(draw, shapes, (x, weight, b) => applyLinear(x as Tensor, weight as Tensor, b)),
  };
};

const feedForward: Maker = (draw) => {
  const [batch, width, inner] = [batchOf(draw), draw.whole('width', 1, 160), draw.whole('inner', 1, 300)];
  const activation = draw.one('activation', ['gelu', 'geluTanh', 'relu'] as const);
  const chunkLength = draw.whole('chunk', 1, 2000);
  const shapes = { x: [...batch, width], innerWeight: [inner, width], innerBias: [inner], outerWeight: [width, inner], outerBias: [width] };
  return {
    label: labelled('feedForward', { ...shapes, activation, chunkLength }),
    tolerance,
    run: differentiated(draw, shapes, (x, innerWeight, innerBias, outerWeight, outerBias) =>
      applyFeedForward(
        x as Tensor,
        {
          innerWeight: innerWeight as Tensor,
          innerBias: innerBias as Tensor,
          outerWeight: outerWeight as Tensor,
          outerBias: outerBias as Tensor,
        },
        { activation, chunkLength },
      ),
    ),
  };
};

const layerNorm: Maker = (draw) => {
  const [batch, width] = [batchOf(draw), draw.whole('width', 2, 400)];
  const shapes = { x: [...batch, width], weight: [width], bias: [width] };
  return {
    label: labelled('layerNorm', shapes),
    // Rows of few numbers can be nearly alike: dividing by their deviation makes rounding larger.
    tolerance: width < 8 ? { ...tolerance, forward: { atol: 1e-3, rtol: 1e-3 }, backward: { atol: 1e-2, rtol: 1e-2 } } : tolerance,
    run: differentiated(draw, shapes, (x, weight, bias) => applyLayerNorm(x as Tensor, weight, bias)),
  };
};

const activation: Maker = (draw) => {
  const [shape, approximation] = [[...batchOf(draw), draw.whole('width', 1, 300)], draw.one('approximation', ['none', 'tanh'] as const)];
  return {
    label: labelled('gelu', { shape, approximation }),
    tolerance,
    run: differentiated(draw, { x: shape }, (x) => gelu(x as Tensor, approximation)),
  };
};

const dropout: Maker = (draw) => {
  const [shape, rate] = [[...batchOf(draw), draw.whole('width', 1, 300)], draw.one('rate', [0.1, 0.5, 0.9])];
  return {
    label: labelled('dropout', { shape, rate }),
    tolerance,
    run: differentiated(draw, { x: shape }, (x) => applyDropout(x as Tensor, rate, draw.key)),
  };
};

const loss: Maker = (draw) => {
  const [rows, classes] = [draw.whole('rows', 1, 300), draw.whole('classes', 1, 5000)];
  const options = { reduction: draw.one('reduction', ['mean', 'sum', 'none'] as const), labelSmoothing: draw.one('smoothing', [0, 0.1]) };
  return {
    label: labelled('crossEntropy', { rows, classes, ...options }),
    tolerance,
    run: () =>
      tidy(() => {
        const targets = draw.ids('targets', [rows], classes);
        return differentiated(draw, { logits: [rows, classes] }, (logits) => crossEntropy(logits as Tensor, targets, options))();
      }),
  };
};

const gather: Maker = (draw) => {
  const [rows, width, count] = [draw.whole('rows', 1, 2000), draw.whole('width', 1, 200), draw.whole('count', 1, 2000)];
  return {
    label: labelled('gatherRows', { rows, width, count }),
    tolerance,
    run: () =>
      tidy(() => {
        const ids = draw.ids('ids', [count], rows);
        return differentiated(draw, { table: [rows, width] }, (table) => gatherRows(table as Tensor, ids))();
      }),
  };
};

const optimizer: Maker = (draw) => {
  const shape = [draw.whole('rows', 1, 700), draw.whole('width', 1, 300)];
  const options = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, step: draw.whole('step', 1, 1000) };
  return {
    label: labelled('adamWStep', { shape, step: options.step }),
    tolerance,
    run: () =>
      tidy(() => {
        const [parameter, gradient, firstMoment] = ['parameter', 'gradient', 'first'].map((name) => draw.normal(name, shape));
        const state = {
          parameter: parameter as Tensor,
          firstMoment: firstMoment as Tensor,
          secondMoment: square(draw.normal('second', shape)),
        };
        return { ...adamWStep(state, gradient as Tensor, options) };
      }),
  };
};

/** Every contract besides attention, by its public function. */
export const contractCalls: readonly Maker[] = [linear, feedForward, layerNorm, activation, dropout, loss, gather, optimizer];
