// Odd values of every kind, each made anew.
import vm from 'node:vm';
import * as tf from '@tensorflow/tfjs-core';

class Hostile extends Error {
  hostile = true;
}
const boom = () => {
  throw new Hostile('thrown by the caller');
};

export { Hostile };

const realm = vm.createContext({});
const other = (code) => vm.runInContext(code, realm);
const deep = (n, wrap) => {
  let v = wrap(undefined);
  for (let i = 0; i < n; i++) v = wrap(v);
  return v;
};
const cyclicArray = () => {
  const a = [1];
  a.push(a);
  return a;
};
const cyclicRecord = () => {
  const a = { x: 1 };
  a.self = a;
  return a;
};
const detached = () => {
  const a = new Float32Array(4);
  structuredClone(a, { transfer: [a.buffer] });
  return a;
};
const traps = () => new Proxy({}, new Proxy({}, { get: () => boom }));
const disposed = () => {
  const t = tf.ones([2]);
  t.dispose();
  return t;
};
const growing = () => {
  const b = new ArrayBuffer(16, { maxByteLength: 64 });
  return new Float32Array(b);
};

export const plain = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['true', () => true],
  ['false', () => false],
  ['0', () => 0],
  ['-0', () => -0],
  ['1', () => 1],
  ['-1', () => -1],
  ['1.5', () => 1.5],
  ['0.1', () => 0.1],
  ['NaN', () => NaN],
  ['Infinity', () => Infinity],
  ['-Infinity', () => -Infinity],
  ['2^31', () => 2 ** 31],
  ['-2^31-1', () => -(2 ** 31) - 1],
  ['2^32', () => 2 ** 32],
  ['2^53', () => 2 ** 53],
  ['2^53-1', () => 2 ** 53 - 1],
  ['1e308', () => 1e308],
  ['5e-324', () => 5e-324],
  ['1e39', () => 1e39],
  ['3', () => 3],
  ['7', () => 7],
  ['100', () => 100],
  ["''", () => ''],
  ["'x'", () => 'x'],
  ["'3'", () => '3'],
  ['long text', () => 'x'.repeat(100000)],
  ['lone surrogate', () => '\ud800'],
  ['__proto__', () => '__proto__'],
  ['constructor', () => 'constructor'],
  ['toString', () => 'toString'],
  ['text of lines', () => 'a\nb\u0000\u001b[31m'],
  ['symbol', () => Symbol('s')],
  ['1n', () => 1n],
  ['10n**100n', () => 10n ** 100n],
];
export const objects = [
  ['[]', () => []],
  ['[,1]', () => [undefined, 1]],
  ['new Array(3)', () => new Array(3)],
  [
    'sparse 1e9',
    () => {
      const a = [];
      a[1e9] = 1;
      return a;
    },
  ],
  ['new Array(2^32-1)', () => new Array(2 ** 32 - 1)],
  ['[null]', () => [null]],
  ['[undefined]', () => [undefined]],
  ['[NaN]', () => [NaN]],
  ['[-0]', () => [-0]],
  ['[1.5]', () => [1.5]],
  ['[2^31]', () => [2 ** 31]],
  ['[2^53]', () => [2 ** 53]],
  ['["1"]', () => ['1']],
  ['[1n]', () => [1n]],
  ['[Symbol]', () => [Symbol('q')]],
  ['[[1]]', () => [[1]]],
  ['[1,2,3]', () => [1, 2, 3]],
  ['[[],[1]]', () => [[], [1]]],
  ['deep array', () => deep(20000, (v) => (v === undefined ? [] : [v]))],
  ['cyclic array', cyclicArray],
  ['{}', () => ({})],
  ['null prototype', () => Object.create(null)],
  ['own __proto__', () => JSON.parse('{"__proto__": {"x": 1}}')],
  ['cyclic record', cyclicRecord],
  ['deep record', () => deep(20000, (v) => (v === undefined ? {} : { of: v }))],
  ['frozen {}', () => Object.freeze({})],
  ['1e5 fields', () => Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`f${i}`, i]))],
  ['long field name', () => ({ ['n'.repeat(50000)]: 1 })],
  ['toPrimitive throws', () => ({ [Symbol.toPrimitive]: boom })],
  ['toString throws', () => ({ toString: boom, valueOf: boom })],
  ['toJSON throws', () => ({ toJSON: boom })],
  ['toStringTag throws', () => Object.defineProperty({}, Symbol.toStringTag, { get: boom })],
  ['toStringTag long', () => ({ [Symbol.toStringTag]: 'T'.repeat(100000) })],
  ['toStringTag Float32Array', () => ({ [Symbol.toStringTag]: 'Float32Array', length: 2, 0: 1, 1: 2 })],
  [
    'getter throws',
    () => ({
      get length() {
        return boom();
      },
      get shape() {
        return boom();
      },
      get kind() {
        return boom();
      },
    }),
  ],
  ['proxy of traps that throw', traps],
  ['proxy of array', () => new Proxy([1, 2], {})],
  ['proxy of {}', () => new Proxy({}, {})],
  ['proxy function', () => new Proxy(() => 1, {})],
  ['{length:3}', () => ({ length: 3 })],
  ['{length:-1}', () => ({ length: -1 })],
  ['{length:1e9}', () => ({ length: 1e9 })],
  ['{length:"2"}', () => ({ length: '2', 0: 1, 1: 2 })],
  ['Date', () => new Date(0)],
  ['invalid Date', () => new Date(NaN)],
  ['RegExp', () => /x/g],
  ['Map', () => new Map([['a', 1]])],
  ['Set', () => new Set([1])],
  ['WeakMap', () => new WeakMap()],
  ['Promise', () => Promise.resolve(1)],
  [
    'rejected promise',
    () => {
      const p = Promise.reject(new Hostile('no'));
      p.catch(() => {});
      return p;
    },
  ],
  // biome-ignore lint/suspicious/noThenProperty: what only looks like a promise is the case
  ['thenable that never', () => ({ then() {} })],
  // biome-ignore lint/suspicious/noThenProperty: what only looks like a promise is the case
  ['thenable throws', () => ({ then: boom })],
  ['Error', () => new Error('x'.repeat(20000))],
  ['String object', () => new String('x')],
  ['Number object', () => new Number(3)],
  ['Boolean object', () => new Boolean(false)],
  ['BigInt object', () => Object(1n)],
  ['Symbol object', () => Object(Symbol('o'))],
  [
    'arguments',
    () =>
      (function () {
        // biome-ignore lint/complexity/noArguments: the object itself is the case
        return arguments;
      })(1, 2),
  ],
  ['function', () => () => 1],
  ['function throws', () => boom],
  ['function of undefined', () => () => undefined],
  ['function of null', () => () => null],
  ['function of NaN', () => () => NaN],
  ['function of promise', () => async () => 1],
  ['function of long text', () => () => 'x'.repeat(1e5)],
  ['function of []', () => () => []],
  ['function of {}', () => () => ({})],
  [
    'generator function',
    () =>
      function* () {
        yield 1;
      },
  ],
  [
    'async generator',
    () =>
      async function* () {
        yield 1;
      },
  ],
  ['class', () => class A {}],
  ['bound', () => Math.max.bind(null)],
  [
    'throws null',
    () => () => {
      throw null;
    },
  ],
  [
    'throws text',
    () => () => {
      throw 'text';
    },
  ],
  ['ArrayBuffer', () => new ArrayBuffer(8)],
  ['ArrayBuffer 0', () => new ArrayBuffer(0)],
  ['SharedArrayBuffer', () => new SharedArrayBuffer(8)],
  ['DataView', () => new DataView(new ArrayBuffer(8))],
  ['Uint8Array', () => new Uint8Array([1, 2])],
  ['Uint8Array 0', () => new Uint8Array()],
  ['Float32Array', () => new Float32Array([1, 2])],
  ['Float32Array NaN', () => new Float32Array([NaN, Infinity])],
  ['Float64Array', () => new Float64Array([1.5, 1e300])],
  ['Int32Array', () => new Int32Array([0, 1])],
  ['Int32Array -', () => new Int32Array([-1, 2 ** 31 - 1])],
  ['BigInt64Array', () => new BigInt64Array(2)],
  ['Uint8ClampedArray', () => new Uint8ClampedArray(2)],
  ['Buffer', () => Buffer.from('abc')],
  ['detached', detached],
  [
    'resizable',
    () => {
      try {
        return growing();
      } catch {
        return 1;
      }
    },
  ],
  ['shared Float32Array', () => new Float32Array(new SharedArrayBuffer(16))],
  ['realm []', () => other('[]')],
  ['realm [1]', () => other('[1]')],
  ['realm {}', () => other('({})')],
  ['realm {x}', () => other('({ x: 1 })')],
  ['realm function', () => other('() => 1')],
  ['realm Float32Array', () => other('new Float32Array(2)')],
  ['realm Error', () => other('new TypeError("r")')],
  ['realm Map', () => other('new Map()')],
  ['realm function throws', () => other('() => { throw new TypeError("from the realm") }')],
  ['iterator', () => [1, 2][Symbol.iterator]()],
  [
    'generator',
    () =>
      (function* () {
        yield 1;
      })(),
  ],
  [
    'endless iterable',
    () => ({
      *[Symbol.iterator]() {
        for (;;) yield 1;
      },
    }),
  ],
  ['iterable throws', () => ({ [Symbol.iterator]: boom })],
  [
    'async iterable',
    () => ({
      async *[Symbol.asyncIterator]() {
        yield 1;
      },
    }),
  ],
  ['never async iterable', () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: async () => ({}) }) })],
  ['AbortSignal aborted', () => AbortSignal.abort()],
  ['URL', () => new URL('file:///x')],
  ['Blob', () => new Blob(['x'])],
  ['globalThis', () => globalThis],
  ['Math', () => Math],
  ['WebAssembly.Memory', () => new WebAssembly.Memory({ initial: 1 })],
];
export const tensors = [
  ['scalar', () => tf.scalar(1)],
  ['ones [2]', () => tf.ones([2])],
  ['ones [0]', () => tf.zeros([0])],
  ['[2,0,3]', () => tf.zeros([2, 0, 3])],
  ['NaN [2]', () => tf.tensor1d([NaN, Infinity])],
  ['int32 [2]', () => tf.tensor1d([0, 1], 'int32')],
  ['int32 -', () => tf.tensor1d([-1, 2 ** 31 - 1], 'int32')],
  ['bool [2]', () => tf.tensor1d([true, false], 'bool')],
  ['string [2]', () => tf.tensor1d(['a', 'b'], 'string')],
  ['complex [2]', () => tf.complex([1, 2], [0, 1])],
  ['rank 5', () => tf.ones([1, 1, 1, 1, 1])],
  ['rank 6', () => tf.ones([1, 1, 1, 1, 1, 1])],
  ['[1,2,4,4]', () => tf.ones([1, 2, 4, 4])],
  ['[1,3,4]', () => tf.ones([1, 3, 4])],
  ['[2,2]', () => tf.ones([2, 2])],
  ['disposed', disposed],
  ['variable', () => tf.variable(tf.ones([2]))],
  ['buffer', () => tf.buffer([2])],
];
export { other, realm };
