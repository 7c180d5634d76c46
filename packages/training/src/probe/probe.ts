import { dims } from '@longspan/core-tensor';
import { ConfigError, mostNumbers, requireInteger, requireIntegers, requireKnown, ShapeError, show } from '@longspan/core-tensor/error';
import { requireFilled } from '@longspan/core-tensor/kernel';
import { clone, keep, matMul, type Tensor, tensor2d, tidy, transpose } from '@tensorflow/tfjs-core';
import { minimized } from './lbfgs.ts';
import { binaryLoss, softmaxLoss } from './logistic-loss.ts';

export interface ProbeOptions {
  /** How many classes there are; one more than the largest label by default. */
  readonly classes?: number | undefined;
  /** The inverse of how strongly weights are held small, as in scikit-learn: smaller is stronger; 1 by default. */
  readonly C?: number | undefined;
  /** No component of the gradient of the mean loss is above it at the end; 1e-5 by default. */
  readonly tolerance?: number | undefined;
  /** Steps at the most; 1,000 by default. */
  readonly maxIterations?: number | undefined;
}

/** A linear classifier. Its numbers are lists of the host: there is nothing to dispose. */
export interface Probe {
  /** float32 [rows, d], row after row: one row for each class; of two classes a single one, whose sign decides for class 1. */
  readonly weight: Float32Array;
  /** float32 [rows] */
  readonly bias: Float32Array;
  readonly classes: number;
  /** The mean cross entropy of the vectors it was fitted to, nats, without the penalty. */
  readonly loss: number;
  readonly iterations: number;
  /** False where maxIterations, or what float32 can tell apart, ended it before the tolerance was reached. */
  readonly converged: boolean;
  /** The likeliest class of each vector [n, d]. */
  predict(vectors: Tensor): Promise<Int32Array>;
  /** How likely each class is of each vector: float32 [n, classes], row after row. */
  probabilities(vectors: Tensor): Promise<Float32Array>;
}

/**
 * Fits a linear classifier to frozen vectors by logistic regression: what a model's vectors say about a label, in seconds. Minimises
 * C · Σ loss + |weight|² / 2, as scikit-learn does; the bias is free. Deterministic: nothing is drawn. Vectors whose features have very
 * different sizes take long; divide them by their deviations first.
 * @shape vectors float32 [n, d]; labels [n], integers from 0, a list of the host
 * @throws ShapeError when vectors are not [n, d]; ConfigError unless there is one label for each, and two classes among them, and for a
 *   vector that is not finite
 * @cost two products of n · d · rows for each of some dozens of steps; one more copy of the vectors
 * @source scikit-learn's LogisticRegression (solver lbfgs, of several classes multinomial); Alain & Bengio 2016 (arXiv 1610.01644)
 * @example
 * const found = await probe(tensor2d([[-2], [-1], [1], [2]]), [0, 0, 1, 1]);
 * [...(await found.predict(tensor2d([[-3], [5]])))]; // => [0, 1]
 */
export async function probe(vectors: Tensor, labels: ArrayLike<number>, options: ProbeOptions = {}): Promise<Probe> {
  const caller = 'probe';
  const { n, d } = dims(caller, { vectors: [vectors, 'n d:float32'] });
  requireFilled(caller, { n, d });
  requireKnown(caller, options, { classes: true, C: 'positive', tolerance: 'positive', maxIterations: true });
  const { C = 1, tolerance = 1e-5, maxIterations = 1000 } = options;
  requireInteger(caller, { maxIterations }, 1);
  const classes = options.classes ?? mostOf(requireIntegers(caller, 'labels', labels, 0)) + 1;
  if (options.classes !== undefined) requireInteger(caller, { classes }, 2, { atMost: mostNumbers });
  const own = labelsOf(caller, labels, n, classes);
  const rows = classes === 2 ? 1 : classes;
  const strength = 1 / (C * n);
  // Of its own, whatever the caller disposes meanwhile; and so that neither product of a step has a transposed operand.
  const [kept, columns] = tidy(() => [keep(clone(vectors)), keep(transpose(vectors))] as [Tensor, Tensor]);
  try {
    const evaluate = async (at: Float64Array) => {
      const logits = await productOf(at.subarray(0, rows * d), [rows, d], columns);
      for (let row = 0; row < rows; row++) {
        const shift = at[rows * d + row] as number;
        for (let column = row * n; column < (row + 1) * n; column++) logits[column] = (logits[column] as number) + shift;
      }
      const { loss, slopes } = rows === 1 ? binaryLoss(logits, own) : softmaxLoss(logits, own, classes);
      if (!Number.isFinite(loss)) throw notFinite(caller);
      const gradient = new Float64Array(at.length);
      gradient.set(await productOf(slopes, [rows, n], kept));
      let squares = 0;
      for (let index = 0; index < rows * d; index++) {
        const weight = at[index] as number;
        squares += weight * weight;
        gradient[index] = (gradient[index] as number) / n + strength * weight;
      }
      for (let row = 0; row < rows; row++) {
        gradient[rows * d + row] = slopes.subarray(row * n, (row + 1) * n).reduce((sum, slope) => sum + slope, 0) / n;
      }
      return { value: loss / n + (strength * squares) / 2, gradient };
    };
    const start = new Float64Array(rows * (d + 1));
    const { at, value, iterations, converged } = await minimized(evaluate, start, { tolerance, maxIterations });
    const weight = Float32Array.from(at.subarray(0, rows * d));
    const penalty = (strength * at.subarray(0, rows * d).reduce((sum, each) => sum + each * each, 0)) / 2;
    const fitted = { weight, bias: Float32Array.from(at.subarray(rows * d)), classes, loss: value - penalty, iterations, converged };
    return { ...fitted, ...answersOf(fitted, d) };
  } finally {
    kept.dispose();
    columns.dispose();
  }
}

function answersOf({ weight, bias, classes }: Pick<Probe, 'weight' | 'bias' | 'classes'>, width: number) {
  const rows = bias.length;
  const probabilities = async (vectors: Tensor): Promise<Float32Array> => {
    const { n } = dims('probe', { vectors: [vectors, `n ${width}:float32`] });
    requireFilled('probe', { n });
    const product = tidy(() => matMul(vectors, transpose(tensor2d(weight, [rows, width]))));
    const logits = await product.data<'float32'>();
    product.dispose();
    const found = new Float32Array(n * classes);
    for (let at = 0; at < n; at++) {
      const own = Array.from(bias, (shift, row) => (logits[at * rows + row] as number) + shift);
      if (rows === 1) own.unshift(0);
      const most = own.reduce((greatest, logit) => Math.max(greatest, logit), Number.NEGATIVE_INFINITY);
      const shares = own.map((logit) => Math.exp(logit - most));
      const sum = shares.reduce((total, share) => total + share, 0);
      found.set(
        shares.map((share) => share / sum),
        at * classes,
      );
    }
    return found;
  };
  const predict = async (vectors: Tensor): Promise<Int32Array> => {
    const all = await probabilities(vectors);
    return Int32Array.from({ length: all.length / classes }, (_, at) => {
      const own = all.subarray(at * classes, (at + 1) * classes);
      return own.indexOf(own.reduce((most, share) => Math.max(most, share), 0));
    });
  };
  return { predict, probabilities };
}

/** numbers [rows, inner] · matrix [inner, columns], as numbers. */
async function productOf(numbers: Float64Array | Float32Array, shape: [number, number], matrix: Tensor): Promise<Float32Array> {
  const product = tidy(() => matMul(tensor2d(Float32Array.from(numbers), shape), matrix));
  try {
    return Float32Array.from(await product.data<'float32'>());
  } finally {
    product.dispose();
  }
}

const mostOf = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, value), 0);

function labelsOf(caller: string, labels: ArrayLike<number>, count: number, classes: number): readonly number[] {
  const own = requireIntegers(caller, 'labels', labels, 0);
  if (own.length !== count) {
    throw new ShapeError({
      caller,
      problem: 'labels must be one for each vector.',
      expected: `${count}  (n was set by vectors)`,
      got: String(own.length),
      remedy: 'leave out vectors that have no label.',
    });
  }
  const wrong = own.find((label) => label >= classes);
  if (wrong === undefined && new Set(own).size > 1) return own;
  throw new ConfigError({
    caller,
    problem: 'labels must be classes, of which at least two occur.',
    expected: `integers of 0 … ${classes - 1}, not all the same`,
    got: wrong === undefined ? `${show(own[0])} alone` : String(wrong),
    remedy: wrong === undefined ? 'add vectors of another class.' : 'leave classes out, or count them all.',
  });
}

const notFinite = (caller: string): ConfigError =>
  new ConfigError({
    caller,
    problem: 'vectors must hold finite numbers of moderate size.',
    expected: 'a finite loss',
    got: 'NaN or Infinity',
    remedy: 'look for vectors with NaN, and divide large ones by their deviation.',
  });
