import { cast, eye, gather, matMul, reshape, sum, type Tensor, transpose, where, zeros } from '@tensorflow/tfjs-core';

/** A tensor whose axes have names, each of one character and no name twice. */
export interface Labelled {
  readonly tensor: Tensor;
  readonly labels: string;
}

const within = (labels: string, those: string): string => [...labels].filter((label) => those.includes(label)).join('');
export const without = (labels: string, those: string): string => [...labels].filter((label) => !those.includes(label)).join('');

/** The sum of the products over all axes that the output does not have, pair by pair, each pair as one batched matrix product. */
export function contractedTo(output: string, operands: readonly [Labelled, ...Labelled[]]): Tensor {
  const [first, ...rest] = operands;
  const extents = new Map(operands.flatMap((operand) => [...extentsOf(operand)]));
  // A sum of no terms is 0, whatever stands in the factors that do not have that axis.
  if ([...extents].some(([label, extent]) => extent === 0 && !output.includes(label)))
    return zeros([...output].map((label) => extents.get(label) as number));
  const whole = rest.reduce((left, right, at) => {
    const later = rest.slice(at + 1).map(({ labels }) => labels);
    return contracted(left, right, [output, ...later].join(''));
  }, first);
  return inOrder(summed(whole, output), output);
}

/** Both as one: what nobody keeps is summed away, as a matrix product where both have it. */
function contracted(left: Labelled, right: Labelled, kept: string): Labelled {
  const [a, b] = [summed(left, kept + right.labels), summed(right, kept + left.labels)];
  const shared = within(a.labels, b.labels);
  const [batch, inner] = [within(shared, kept), without(shared, kept)];
  const [rows, columns] = [without(a.labels, shared), without(b.labels, shared)];
  const product = matMul(asMatrices(a, batch, rows, inner), asMatrices(b, batch, inner, columns));
  const labels = batch + rows + columns;
  const extents = new Map([...extentsOf(a), ...extentsOf(b)]);
  return {
    labels,
    tensor: reshape(
      product,
      [...labels].map((label) => extents.get(label) as number),
    ),
  };
}

/** [batch, rows, columns], each some axes in one. */
function asMatrices(operand: Labelled, ...parts: readonly [batch: string, rows: string, columns: string]): Tensor {
  const extents = extentsOf(operand);
  const sizeOf = (labels: string): number => [...labels].reduce((size, label) => size * (extents.get(label) as number), 1);
  return reshape(inOrder(operand, parts.join('')), parts.map(sizeOf));
}

const extentsOf = ({ tensor, labels }: Labelled): ReadonlyMap<string, number> =>
  new Map([...labels].map((label, axis) => [label, tensor.shape[axis] as number]));

function summed({ tensor, labels }: Labelled, kept: string): Labelled {
  const axes = [...labels].flatMap((label, axis) => (kept.includes(label) ? [] : [axis]));
  return axes.length === 0 ? { tensor, labels } : { tensor: sum(tensor, axes), labels: within(labels, kept) };
}

const inOrder = ({ tensor, labels }: Labelled, order: string): Tensor =>
  labels === order
    ? tensor
    : transpose(
        tensor,
        [...order].map((label) => labels.indexOf(label)),
      );

/** An operand with each name once, and without the axes of extent 1 that stand for longer ones. */
export function distinct(tensor: Tensor, names: string, extents: ReadonlyMap<string, number>): Labelled {
  let [labels, result] = [names, tensor];
  for (let pair = pairIn(labels); pair !== undefined; pair = pairIn(labels)) {
    const [first, second] = pair;
    const extent = result.shape[first] as number;
    const last = toEnd(result, pair);
    const steps = Array.from({ length: extent }, (_, at) => at * (extent + 1));
    result = gather(reshape(last, [...last.shape.slice(0, -2), extent * extent]), steps, last.rank - 2);
    labels = labels.slice(0, first) + labels.slice(first + 1, second) + labels.slice(second + 1) + (labels[first] as string);
  }
  const isKept = [...labels].map((label, axis) => !(result.shape[axis] === 1 && extents.get(label) !== 1));
  return {
    labels: [...labels].filter((_, axis) => isKept[axis]).join(''),
    tensor: reshape(
      result,
      result.shape.filter((_, axis) => isKept[axis]),
    ),
  };
}

/** The gradient of an operand from that of `distinct`: on the diagonals, and 0 elsewhere. */
export function spread(gradient: Tensor, names: string, shape: readonly number[]): Tensor {
  const pair = pairIn(names);
  if (pair === undefined) return reshape(gradient, [...shape]);
  const [first, second] = pair;
  const others = [...shape.keys()].filter((axis) => axis !== first && axis !== second);
  const extent = shape[first] as number;
  const inner = [...others.map((axis) => shape[axis] as number), extent];
  const innerNames = [...others.map((axis) => names[axis] as string), names[first] as string].join('');
  const diagonal = reshape(spread(gradient, innerNames, inner), [...inner, 1]);
  const square = where(cast(eye(extent), 'bool'), diagonal, zeros([...inner, extent]));
  const order = [...others, first, second];
  return transpose(
    square,
    order.map((_, axis) => order.indexOf(axis)),
  );
}

/** The first two axes of one name. */
function pairIn(names: string): readonly [first: number, second: number] | undefined {
  const second = [...names].findIndex((name, axis) => names.indexOf(name) < axis);
  return second < 0 ? undefined : [names.indexOf(names[second] as string), second];
}

const toEnd = (tensor: Tensor, pair: readonly number[]): Tensor =>
  transpose(tensor, [...tensor.shape.map((_, axis) => axis).filter((axis) => !pair.includes(axis)), ...pair]);
