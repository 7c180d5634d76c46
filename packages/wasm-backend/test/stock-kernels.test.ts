import { describeStock, type Guards, guards } from '@longspan/tooling/conformance';
import { expectClose, leaked, poison, type Tolerance, withBackend } from '@longspan/tooling/expect';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { instructionSets } from '../src/binary/instructions.ts';
import { type Registration, register } from '../src/index.ts';
import { allowRelaxedSimd } from './builds.ts';
import { draw as drawn } from './draw.ts';

const exactly: Tolerance = { atol: 0, rtol: 0 };
const rounded: Tolerance = { atol: 1e-6, rtol: 1e-6 };

/** Of float32: what is smaller may be given as 0. */
const leastNormal = 2 ** -126;

/** Makes each operand: between guards where a test looks at them. */
let around: Guards['around'] = (make) => make();
const draw = (name: string, shape: readonly number[]): tf.Tensor => around(() => drawn(name, shape));
const ints = (shape: readonly number[], below: number): tf.Tensor =>
  around(() => tf.cast(tf.mul(tf.abs(tf.sin(drawn('ints', shape))), below), 'int32'));
const x = (...shape: number[]): tf.Tensor => draw('x', shape);
/** Every third number NaN. */
const withNaN = (shape: readonly number[]): tf.Tensor => {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const isMissing = tf.tensor(
    Uint8Array.from({ length: size }, (_, at) => Number(at % 3 === 1)),
    [...shape],
    'bool',
  );
  return tf.where(isMissing, tf.fill([...shape], Number.NaN), draw(`with NaN ${shape}`, shape));
};
const wide = (): tf.Tensor =>
  tf.concat([tf.linspace(-120, 120, 4097), tf.mul(x(3, 67), 1e-3).flatten(), tf.tensor1d([0, 1e-30, 1e30, -1e30])]);
const edges = (): tf.Tensor =>
  tf.tensor1d([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-42, 3.4e38, -3.4e38, 1, -1, 88.8]);

interface Case {
  readonly name: string;
  /** tfjs's name of the kernel that is ours. */
  readonly kernel: string;
  readonly run: () => tf.Tensor | tf.Tensor[];
  readonly tolerance?: Tolerance;
}

const cases: readonly Case[] = [
  { name: 'exp', kernel: tf.Exp, run: () => tf.exp(wide()), tolerance: { atol: leastNormal, rtol: 5e-7 } },
  { name: 'exp of edges', kernel: tf.Exp, run: () => tf.exp(edges()), tolerance: rounded },
  { name: 'log', kernel: tf.Log, run: () => tf.log(tf.abs(wide())), tolerance: { atol: 1e-7, rtol: 5e-7 } },
  { name: 'log of edges', kernel: tf.Log, run: () => tf.log(edges()), tolerance: rounded },
  { name: 'log around 1', kernel: tf.Log, run: () => tf.log(tf.linspace(0.9, 1.1, 1001)), tolerance: { atol: 1e-8, rtol: 5e-7 } },
  { name: 'tanh', kernel: tf.Tanh, run: () => tf.tanh(wide()), tolerance: { atol: 1e-10, rtol: 6e-7 } },
  { name: 'tanh of edges', kernel: tf.Tanh, run: () => tf.tanh(edges()), tolerance: rounded },
  { name: 'erf', kernel: tf.Erf, run: () => tf.erf(wide()), tolerance: { atol: 6e-7, rtol: 0 } }, // of which 1.5e-7 are the stock one's
  { name: 'erf of edges', kernel: tf.Erf, run: () => tf.erf(edges()), tolerance: { atol: 6e-7, rtol: 0 } },
  { name: 'erf of nothing', kernel: tf.Erf, run: () => tf.erf(tf.zeros([0, 3])) },
  ...([tf.maximum, tf.minimum, tf.equal, tf.notEqual, tf.greater, tf.greaterEqual, tf.less, tf.lessEqual] as const).flatMap((f, at) => {
    const kernel = [tf.Maximum, tf.Minimum, tf.Equal, tf.NotEqual, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual][at] as string;
    return [
      { name: `${kernel} of floats`, kernel, run: () => f(tf.round(tf.mul(x(3, 5, 7), 2)), tf.round(tf.mul(draw('y', [3, 5, 7]), 2))) },
      { name: `${kernel} of more than one item`, kernel, run: () => f(x(3, 3001), draw('y', [3, 3001])) },
      { name: `${kernel} with a scalar`, kernel, run: () => f(x(2, 9), 0.25) },
      { name: `${kernel} of a scalar`, kernel, run: () => f(tf.scalar(0.25), x(2, 9)) },
      { name: `${kernel} of integers`, kernel, run: () => f(ints([5, 13], 4), ints([13, 5], 4).reshape([5, 13])) },
      { name: `${kernel} of rows with a row`, kernel, run: () => f(x(4, 9), draw('y', [9])) },
      { name: `${kernel} of [1, 1] with a vector`, kernel, run: () => f(draw('y', [1, 1]), x(9)) },
      { name: `${kernel} with NaN`, kernel, run: () => f(edges(), tf.zeros([11])) },
    ];
  }),
  { name: 'where', kernel: tf.Select, run: () => tf.where(tf.greater(x(3, 5, 7), 0), x(3, 5, 7), draw('y', [3, 5, 7])) },
  { name: 'where of integers', kernel: tf.Select, run: () => tf.where(tf.greater(x(6001), 0), ints([6001], 9), tf.zeros([6001], 'int32')) },
  {
    name: 'where of truths',
    kernel: tf.Select,
    run: () => tf.where(tf.greater(x(601), 0), tf.less(x(601), 0.3), tf.greater(x(601), -0.2)),
  },
  {
    name: 'where of no numbers, by a condition that is spread',
    kernel: tf.Select,
    run: () => tf.where(tf.greater(x(1, 5), 0), tf.zeros([0, 5]), tf.ones([0, 5])),
  },
  { name: 'where of one', kernel: tf.Select, run: () => tf.where(tf.scalar(true, 'bool'), tf.scalar(1), tf.scalar(2)) },
  ...[
    [
      [5, 7],
      [1, 0],
    ],
    [
      [64, 65],
      [1, 0],
    ],
    [
      [131, 18],
      [1, 0],
    ],
    [
      [3, 5, 7],
      [0, 2, 1],
    ],
    [
      [3, 5, 7],
      [1, 0, 2],
    ],
    [
      [3, 5, 7],
      [2, 1, 0],
    ],
    [
      [3, 5, 7],
      [1, 2, 0],
    ],
    [
      [2, 3, 4, 5],
      [0, 2, 1, 3],
    ],
    [
      [2, 3, 4, 5],
      [0, 3, 1, 2],
    ],
    [
      [2, 3, 4, 5],
      [3, 2, 1, 0],
    ],
    [
      [1, 5, 1, 7],
      [3, 2, 1, 0],
    ],
    [
      [2, 3, 2, 3, 2, 3],
      [5, 0, 3, 1, 4, 2],
    ],
    [
      [1, 1],
      [1, 0],
    ],
    [
      [3, 0],
      [1, 0],
    ],
  ].flatMap(([shape, perm]) => [
    { name: `transpose ${shape} by ${perm}`, kernel: tf.Transpose, run: () => tf.transpose(x(...(shape as number[])), perm) },
    { name: `transpose of integers ${shape} by ${perm}`, kernel: tf.Transpose, run: () => tf.transpose(ints(shape as number[], 99), perm) },
  ]),
  { name: 'transpose of a bool', kernel: tf.Transpose, run: () => tf.transpose(tf.greater(x(5, 7), 0)) },
  { name: 'slice of rows', kernel: tf.Slice, run: () => tf.slice(x(9, 7), [2, 0], [4, 7]) },
  { name: 'slice of columns', kernel: tf.Slice, run: () => tf.slice(x(9, 7), [2, 3], [4, -1]) },
  { name: 'slice of four axes', kernel: tf.Slice, run: () => tf.slice(x(3, 4, 5, 6), [1, 0, 2, 3], [2, 3, 1, 3]) },
  { name: 'slice of nothing', kernel: tf.Slice, run: () => tf.slice(x(3, 4), [1, 4], [2, 0]) },
  { name: 'slice of a long row', kernel: tf.Slice, run: () => tf.slice(x(2, 3000), [0, 17], [2, 2900]) },
  { name: 'slice of a bool', kernel: tf.Slice, run: () => tf.slice(tf.greater(x(9, 7), 0), [2, 3], [4, 2]) },
  { name: 'split', kernel: tf.SplitV, run: () => tf.split(x(5, 12), 3, 1) },
  { name: 'split into unequal parts', kernel: tf.SplitV, run: () => tf.split(x(2, 7, 3), [2, -1, 1], 1) },
  { name: 'tile of a row', kernel: tf.Tile, run: () => tf.tile(x(7), [5]) },
  { name: 'tile of a column', kernel: tf.Tile, run: () => tf.tile(x(7, 1), [2, 13]) },
  { name: 'tile of three axes', kernel: tf.Tile, run: () => tf.tile(x(2, 3, 5), [3, 1, 2]) },
  { name: 'tile of integers, no times', kernel: tf.Tile, run: () => tf.tile(ints([2, 3], 9), [2, 0]) },
  { name: 'broadcastTo', kernel: tf.Tile, run: () => tf.broadcastTo(x(3, 1, 5), [2, 3, 4, 5]) },
  { name: 'reverse', kernel: tf.Reverse, run: () => tf.reverse(x(3, 5, 7), [0, 2]) },
  { name: 'reverse along one axis', kernel: tf.Reverse, run: () => tf.reverse(x(3, 5, 7), 1) },
  { name: 'reverse of a vector', kernel: tf.Reverse, run: () => tf.reverse(x(5)) },
  { name: 'reverse of truths', kernel: tf.Reverse, run: () => tf.reverse(tf.greater(x(3, 5), 0.5), [1]) },
  { name: 'reverse of integers', kernel: tf.Reverse, run: () => tf.reverse(ints([3, 5], 9), [0, 1]) },
  ...[tf.maximum, tf.minimum].flatMap((extreme, at) =>
    [
      [
        [1, 3],
        [2, 3],
      ],
      [
        [2, 1],
        [2, 3],
      ],
      [
        [2, 1, 3],
        [4, 1],
      ],
      [[3], [2, 2, 3]],
      [
        [0, 1],
        [0, 3],
      ],
    ].map(([one, other]) => ({
      name: `${at === 0 ? 'maximum' : 'minimum'} of [${one}] and [${other}], NaN among them`,
      kernel: at === 0 ? tf.Maximum : tf.Minimum,
      run: () => extreme(withNaN(one as number[]), withNaN(other as number[])),
    })),
  ),
  { name: 'sum over the first axis', kernel: tf.Sum, run: () => tf.sum(x(300, 37), 0), tolerance: { atol: 1e-5, rtol: 1e-5 } },
  { name: 'sum over two axes, kept', kernel: tf.Sum, run: () => tf.sum(x(3, 5, 21), [1, 0], true), tolerance: rounded },
  { name: 'sum over a middle axis', kernel: tf.Sum, run: () => tf.sum(x(3, 5, 21), 1), tolerance: rounded },
  { name: 'sum over many short middles', kernel: tf.Sum, run: () => tf.sum(x(70, 5, 3), 1), tolerance: rounded },
  { name: 'sum over two axes apart', kernel: tf.Sum, run: () => tf.sum(x(3, 5, 21), [0, 2]), tolerance: { atol: 1e-5, rtol: 1e-5 } },
  { name: 'sum of all', kernel: tf.Sum, run: () => tf.sum(x(3, 5)), tolerance: rounded },
  { name: 'sum of integers', kernel: tf.Sum, run: () => tf.sum(ints([5, 3], 9), 0) },
  { name: 'sum of no rows', kernel: tf.Sum, run: () => tf.sum(x(0, 3), 0) },
  { name: 'sum of no columns', kernel: tf.Sum, run: () => tf.sum(x(3, 0), 1, true) },
  { name: 'sum of no integers', kernel: tf.Sum, run: () => tf.sum(tf.zeros([5, 0], 'int32')) },
  { name: 'sum of no integers in rows', kernel: tf.Sum, run: () => tf.sum(tf.zeros([0, 3], 'int32'), 0) },
  { name: 'sum of no truths', kernel: tf.Sum, run: () => tf.sum(tf.zeros([3, 0], 'bool'), 1) },
  {
    name: 'gather of rows',
    kernel: tf.GatherV2,
    run: () =>
      tf.gather(
        x(5, 7),
        tf.tensor2d(
          [
            [4, 0, 0],
            [1, 2, 4],
          ],
          [2, 3],
          'int32',
        ),
      ),
  },
  { name: 'gather of integers', kernel: tf.GatherV2, run: () => tf.gather(ints([9], 100), tf.tensor1d([8, 0, 3], 'int32')) },
  { name: 'gather of columns', kernel: tf.GatherV2, run: () => tf.gather(x(5, 7), tf.tensor1d([6, 0], 'int32'), 1) },
  { name: 'gather after an axis of 1', kernel: tf.GatherV2, run: () => tf.gather(x(1, 7, 3), tf.tensor1d([6, 0, 6], 'int32'), 1) },
  { name: 'gather in batches', kernel: tf.GatherV2, run: () => tf.gather(x(3, 5, 2), ints([3, 4], 5), 1, 1) },
  { name: 'gather in batches, an axis between', kernel: tf.GatherV2, run: () => tf.gather(x(3, 2, 5, 4), ints([3, 4], 5), 2, 1) },
  { name: 'gather in batches of two axes', kernel: tf.GatherV2, run: () => tf.gather(x(2, 3, 5), ints([2, 3, 4, 2], 5), 2, 2) },
  { name: 'gather in one batch', kernel: tf.GatherV2, run: () => tf.gather(x(1, 5, 2), ints([1, 4], 5), 1, 1) },
  { name: 'gather of truths in batches', kernel: tf.GatherV2, run: () => tf.gather(tf.greater(x(3, 5, 2), 0.5), ints([3, 4], 5), 1, 1) },
  { name: 'gather of no truths', kernel: tf.GatherV2, run: () => tf.gather(tf.zeros([0, 3], 'bool'), ints([2], 3), 1) },
  { name: 'gather of no columns', kernel: tf.GatherV2, run: () => tf.gather(x(2, 3), tf.tensor1d([], 'int32'), 1) },
  { name: 'transpose of no truths', kernel: tf.Transpose, run: () => tf.transpose(tf.zeros([3, 0], 'bool')) },
  { name: 'gather of one', kernel: tf.GatherV2, run: () => tf.gather(x(5, 7), tf.scalar(3, 'int32')) },
  { name: 'clone', kernel: tf.Identity, run: () => tf.clone(x(3, 5)) },
  { name: 'cast to the same dtype', kernel: tf.Cast, run: () => tf.cast(x(3, 5), 'float32') },
  { name: 'cast to integers', kernel: tf.Cast, run: () => tf.cast(tf.mul(x(3, 5), 9), 'int32') },
];

/** Runs a case with its operands between guards. */
function between(beside: Guards, run: Case['run']): tf.Tensor | tf.Tensor[] {
  const before = around;
  around = beside.around;
  try {
    return run();
  } finally {
    around = before;
  }
}

const read = async (made: tf.Tensor | tf.Tensor[]) =>
  Promise.all([made].flat().map(async (each) => ({ shape: each.shape, dtype: each.dtype, values: Array.from(await each.data(), Number) })));

/** NaN where NaN is expected, else within the tolerance. */
function expectSame(actual: readonly number[], expected: readonly number[], tolerance: Tolerance): void {
  expect(actual.map(Number.isNaN)).toEqual(expected.map(Number.isNaN));
  const numbers = (values: readonly number[]) => values.map((value) => (Number.isNaN(value) ? 0 : value));
  expectClose(numbers(actual), numbers(expected), tolerance);
}

describe.each(instructionSets)("tfjs's own kernels in %s", (instructions) => {
  const expected = new Map<string, Awaited<ReturnType<typeof read>>>();
  let registration: Registration;
  beforeAll(async () => {
    allowRelaxedSimd();
    await withBackend('cpu');
    for (const { name, run } of cases) expected.set(name, await read(run()));
    await withBackend('wasm');
    registration = await register({ instructions, threads: 1 });
  });
  afterAll(() => registration.unregister());

  it.each(cases)('give what the cpu backend gives: $name', async ({ name, run, tolerance = exactly }) => {
    const given = expected.get(name) ?? [];
    const beside = guards();
    beside.poison(given.flatMap(({ shape }) => [shape, shape]));
    const made = between(beside, run);
    const actual = await read(made);
    expect(await beside.changed()).toBe(0);
    tf.dispose(made);
    expect(actual.map(({ shape, dtype }) => [shape, dtype])).toEqual(given.map(({ shape, dtype }) => [shape, dtype]));
    for (const [at, each] of actual.entries()) expectSame(each.values, given[at]?.values ?? [], tolerance);
  });

  it.each(cases)('leave nothing behind: $name', async ({ run }) => {
    expect(await leaked(() => tf.tidy(run))).toEqual({ tensors: 0, buffers: 0 });
  });

  it('gather of no batch is empty, in the shape of a batch', () => {
    expect(tf.tidy(() => tf.gather(x(0, 5, 2), ints([0, 4], 5), 1, 1).shape)).toEqual([0, 4, 2]);
  });

  it('gather says which index is outside, as before', () => {
    expect(() => tf.gather(x(5, 7), tf.tensor1d([0, 5], 'int32'))).toThrow('GatherV2: the index value 5 is not in [0, 4]');
    expect(() => tf.gather(x(5, 7), tf.tensor1d([-1], 'int32'))).toThrow('GatherV2: the index value -1 is not in [0, 4]');
  });
});

describe.each(instructionSets)('%s', (instructions) => {
  describeStock({
    label: `wasm-backend in ${instructions}`,
    start: async () => {
      allowRelaxedSimd();
      await withBackend('wasm');
    },
    enter: async () => (await register({ instructions, threads: 1 })).unregister,
  });
});

it('guards show a kernel that writes beside its result, or beside its operand', async () => {
  await withBackend('wasm');
  const own = tf.getKernel(tf.Exp, 'wasm') as tf.KernelConfig;
  const mark = 4321.25; // memory that is free again may still hold the marks of other guards
  for (const written of ['result', 'operand'] as const) {
    tf.unregisterKernel(tf.Exp, 'wasm');
    tf.registerKernel({
      ...own,
      kernelFunc(params) {
        const result = own.kernelFunc(params) as tf.TensorInfo;
        const beside = written === 'result' ? result : (params.inputs['x'] as tf.TensorInfo);
        const { wasm, dataIdMap } = params.backend as TfjsMemory;
        const numbers = new Float32Array(wasm.asm.memory.buffer);
        const first = dataIdMap.get(beside.dataId).memoryOffset / 4;
        const [before, after] = [numbers.lastIndexOf(mark, first), numbers.indexOf(mark, first)];
        numbers[after >= 0 && (before < 0 || after - first < first - before) ? after : before] = 0;
        return result;
      },
    });
    const beside = guards(mark);
    beside.poison([[5, 7]]);
    const made = between(beside, () => tf.exp(x(5, 7)));
    expect(await beside.changed()).toBe(1);
    tf.dispose(made);
  }
  tf.unregisterKernel(tf.Exp, 'wasm');
  tf.registerKernel(own);
});

/** Of tfjs's wasm backend, what says where a tensor lies. */
interface TfjsMemory {
  readonly wasm: { readonly asm: { readonly memory: WebAssembly.Memory } };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
}

it('each of these kernels is ours after register(), and the stock one again after unregister()', async () => {
  await withBackend('wasm');
  const names = [...new Set(cases.map(({ kernel }) => kernel))];
  const functions = () => names.map((name) => tf.getKernel(name, 'wasm')?.kernelFunc);
  const stock = functions();
  const registration = await register({ threads: 1 });
  expect(functions().map((each, at) => each === stock[at])).toEqual(names.map(() => false));
  registration.unregister();
  expect(functions()).toEqual(stock);
});

describe('tensors that share their data', () => {
  let registration: Registration;
  beforeAll(async () => {
    await withBackend('wasm');
    registration = await register({ threads: 1 });
  });
  afterAll(() => registration.unregister());

  it('a clone takes no memory, and either may be disposed first', async () => {
    for (const first of [0, 1]) {
      const source = x(64, 64);
      const expected = [...(await source.data())];
      const buffers = tf.memory().numDataBuffers;
      const pair = [source, tf.clone(source)];
      expect(tf.memory().numDataBuffers).toBe(buffers);
      pair[first]?.dispose();
      poison([[64, 64]]);
      expect([...((await pair[1 - first]?.data()) ?? [])]).toEqual(expected);
      pair[1 - first]?.dispose();
      expect(tf.memory().numDataBuffers).toBe(buffers - 1);
    }
  });

  it('text is still cloned', async () => {
    const copy = tf.clone(tf.tensor1d(['one', 'two'], 'string'));
    expect([...(await copy.data())]).toEqual(['one', 'two']);
  });

  it('survives the move to another backend and back', async () => {
    const source = x(4, 5);
    const copy = tf.clone(source);
    const expected = [...(await source.data())];
    await withBackend('cpu');
    const doubled = tf.add(copy, source);
    expectClose(
      await doubled.data(),
      expected.map((each) => 2 * each),
      rounded,
    );
    await withBackend('wasm');
    expectClose(
      await tf.add(copy, source).data(),
      expected.map((each) => 2 * each),
      rounded,
    );
  });

  // Sharing is safe only while no kernel writes where its inputs lie: here the kernels are all that tfjs has on wasm.
  it('no tfjs kernel writes where its input lies', async () => {
    const a = tf.add(tf.abs(x(2, 4, 4, 2)), 0.1);
    const copy = tf.clone(a);
    const expected = [...(await copy.data())];
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const matrix = tf.reshape(copy, [8, 8]);
    const image = copy as tf.Tensor4D;
    const filter = tf.ones([2, 2, 2, 3]) as tf.Tensor4D;
    const ran: string[] = [];
    const { kernelNames } = await tf.profile(() => {
      const unary = [
        tf.abs,
        tf.acos,
        tf.acosh,
        tf.asin,
        tf.asinh,
        tf.atan,
        tf.atanh,
        tf.ceil,
        tf.cos,
        tf.cosh,
        tf.elu,
        tf.erf,
        tf.exp,
        tf.expm1,
      ];
      const more = [tf.floor, tf.isFinite, tf.isInf, tf.isNaN, tf.leakyRelu, tf.log, tf.log1p, tf.neg, tf.onesLike, tf.reciprocal, tf.relu];
      const rest = [
        tf.relu6,
        tf.round,
        tf.rsqrt,
        tf.selu,
        tf.sigmoid,
        tf.sign,
        tf.sin,
        tf.sinh,
        tf.softplus,
        tf.sqrt,
        tf.square,
        tf.step,
        tf.tan,
      ];
      const all: ((of: tf.Tensor) => tf.Tensor | tf.Tensor[])[] = [
        ...unary,
        ...more,
        ...rest,
        tf.tanh,
        tf.zerosLike,
        tf.softmax,
        tf.topk as never,
      ];
      const reductions = [tf.sum, tf.mean, tf.max, tf.min, tf.prod, tf.argMax, tf.argMin];
      const pairs = [tf.add, tf.sub, tf.mul, tf.div, tf.pow, tf.maximum, tf.minimum, tf.squaredDifference, tf.atan2, tf.mod, tf.floorDiv];
      for (const f of all) ran.push(Array.isArray(f(copy)) ? 'list' : 'one');
      for (const f of reductions) f(matrix, 0);
      for (const f of pairs) f(copy, a);
      tf.addN([copy, copy]);
      tf.concat([copy]);
      tf.concat([copy, copy], 3);
      tf.stack([copy, copy]);
      tf.unstack(copy);
      tf.split(copy, 2, 1);
      tf.slice(copy, [0, 0, 0, 0], [2, 4, 4, 2]);
      tf.stridedSlice(copy, [0, 0, 0, 0], [2, 4, 4, 2], [1, 2, 1, 1]);
      tf.pad(copy, [
        [0, 0],
        [1, 1],
        [0, 0],
        [0, 0],
      ]);
      tf.mirrorPad(
        copy,
        [
          [0, 0],
          [1, 1],
          [0, 0],
          [0, 0],
        ],
        'reflect',
      );
      tf.reverse(copy);
      tf.transpose(copy);
      tf.transpose(copy, [0, 1, 2, 3]);
      tf.tile(copy, [1, 1, 1, 1]);
      tf.cast(copy, 'int32');
      tf.reshape(copy, [-1]);
      tf.expandDims(copy);
      tf.clipByValue(copy, 0.2, 0.5);
      tf.gather(copy, tf.tensor1d([0, 1], 'int32'));
      tf.gatherND(copy, tf.tensor2d([[0, 1]], [1, 2], 'int32'));
      tf.where(tf.greater(copy, 0.3), copy, a);
      tf.matMul(matrix, matrix, true, true);
      tf.fused.matMul({ a: matrix, b: matrix, bias: tf.ones([8]), activation: 'relu' });
      tf.conv2d(image, filter, 1, 'same');
      tf.fused.conv2d({ x: image, filter, strides: 1, pad: 'same', bias: tf.ones([3]), activation: 'relu' });
      tf.depthwiseConv2d(image, filter, 1, 'same');
      tf.avgPool(image, 2, 2, 'valid');
      tf.maxPool(image, 2, 2, 'valid');
      tf.image.resizeBilinear(image, [2, 2]);
      tf.image.resizeNearestNeighbor(image, [2, 2]);
      tf.image.flipLeftRight(image);
      tf.batchNorm(image, tf.zeros([2]), tf.ones([2]), tf.zeros([2]), tf.ones([2]));
      tf.localResponseNormalization(image);
      tf.spaceToBatchND(
        image,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      );
      tf.depthToSpace(tf.reshape(copy, [2, 4, 2, 4]) as tf.Tensor4D, 2);
      tf.prelu(copy, a);
      tf.tensorScatterUpdate(matrix, tf.tensor2d([[1]], [1, 1], 'int32'), tf.ones([1, 8]));
      tf.diag(tf.reshape(copy, [-1]));
      tf.bincount(tf.cast(tf.reshape(copy, [-1]), 'int32') as tf.Tensor1D, [], 4);
      tf.broadcastTo(copy, [2, 4, 4, 2]);
      return tf.scalar(ran.length);
    });
    vi.restoreAllMocks();
    expect(new Set(kernelNames).size).toBeGreaterThan(85);
    expect([...(await copy.data())]).toEqual(expected);
    expect([...(await a.data())]).toEqual(expected);
  });
});
