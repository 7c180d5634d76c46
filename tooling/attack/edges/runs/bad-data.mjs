import '@tensorflow/tfjs-backend-cpu';
import { createKey, disposeState } from '@longspan/core-tensor';
import * as t from '@longspan/training';
import * as tf from '@tensorflow/tfjs';
import { faultOfError } from '../fault-of-error.mjs';
import { disposeTrained, memory, Stop } from './alone.mjs';
import { batch, describe, drawn, ids, models } from './draw.mjs';

/** Data that misbehaves. */
export async function badData(_index, r, { find, label }) {
  const config = { ...drawn(r), length: 1000 };
  const baseline = tf.memory().numTensors;
  const shared = tf.tensor2d(ids(0), [2, 4], 'int32');
  const kinds = {
    'the same tensor each time': function* () {
      for (;;) yield { x: shared, context: { targets: config.kind === 'memory' ? ids(1) : tf.tensor2d(ids(1), [2, 4], 'int32') } };
    },
    'a disposed tensor': function* () {
      const b = batch(0, config.kind);
      b.x.dispose();
      yield b;
    },
    null: function* () {
      yield null;
    },
    number: function* () {
      yield 3;
    },
    'a list': function* () {
      yield [batch(0, config.kind)];
    },
    'unknown field': function* () {
      yield { ...batch(0, config.kind), y: 1 };
    },
    'a promise of batches': function* () {
      yield Promise.resolve(batch(0, config.kind));
    },
    'async function': async () => [batch(0, config.kind)],
    'a batch alone': () => batch(0, config.kind),
    undefined: () => undefined,
    'a list of batches': () => [batch(0, config.kind), batch(1, config.kind)],
    'count NaN': function* () {
      yield { ...batch(0, config.kind), count: NaN };
    },
    'count -1': function* () {
      yield { ...batch(0, config.kind), count: -1 };
    },
    'count 2^53': function* () {
      yield { ...batch(0, config.kind), count: 2 ** 53 - 1 };
    },
    'all counts 0': function* () {
      for (let i = 0; i < 50; i++) yield { ...batch(i, config.kind), count: 0 };
    },
    'carry null': function* () {
      yield { ...batch(0, config.kind), carry: () => null };
    },
    'carry list': function* () {
      yield { ...batch(0, config.kind), carry: () => [] };
    },
    'carry other names': function* () {
      for (let i = 0; i < 4; i++) yield { ...batch(i, config.kind), carry: (s) => ({ ...s, other: 3 }) };
    },
    'carry throws': function* () {
      yield {
        ...batch(0, config.kind),
        carry: () => {
          throw new Stop('carry');
        },
      };
    },
    'carry disposes': function* () {
      for (let i = 0; i < 4; i++)
        yield {
          ...batch(i, config.kind),
          carry: (s) => {
            disposeState(s);
            return {};
          },
        };
    },
    'other rank': function* () {
      yield { x: tf.ones([2, 2, 2, 2]), context: {} };
    },
    'float x': function* () {
      yield { ...batch(0, config.kind), x: tf.ones([2, 4]) };
    },
    'empty x': function* () {
      yield { x: tf.zeros([0, 4], 'int32'), context: { targets: config.kind === 'memory' ? [] : tf.zeros([0, 4], 'int32') } };
    },
    'ids too large': function* () {
      for (;;)
        yield {
          x: tf.fill([2, 4], 99, 'int32'),
          context: { targets: config.kind === 'memory' ? ids(1) : tf.tensor2d(ids(1), [2, 4], 'int32') },
        };
    },
    'no targets': function* () {
      yield { x: tf.tensor2d(ids(0), [2, 4], 'int32') };
    },
    'context training': function* () {
      yield { ...batch(0, config.kind), context: { ...batch(0, config.kind).context, training: false } };
    },
    'context key': function* () {
      for (let i = 0; i < 3; i++) {
        const b = batch(i, config.kind);
        yield { ...b, context: { ...b.context, key: createKey(1) } };
      }
    },
    'nested context': function* () {
      const b = batch(0, config.kind);
      const deep = { a: [] };
      deep.a.push(deep);
      yield { ...b, context: { ...b.context, encoder: deep } };
    },
    never: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: () => new Promise(() => {}) }) }),
    'return throws': () => {
      let n = 0;
      return {
        [Symbol.iterator]: () => ({
          next: () => ({ done: false, value: batch(n++, config.kind) }),
          return: () => {
            throw new Stop('return');
          },
        }),
      };
    },
    'next gives no record': () => ({ [Symbol.iterator]: () => ({ next: () => 5 }) }),
    'value getter': () => ({
      [Symbol.iterator]: () => ({
        next: () => ({
          done: false,
          get value() {
            throw new Stop('getter');
          },
        }),
      }),
    }),
    'other size later': function* () {
      yield batch(0, config.kind);
      for (;;)
        yield {
          x: tf.tensor2d([1, 2, 3], [1, 3], 'int32'),
          context: { targets: config.kind === 'memory' ? [1, 2, 3] : tf.tensor2d([1, 2, 3], [1, 3], 'int32') },
        };
    },
    'keeps the batch': function* () {
      const b = batch(0, config.kind);
      yield b;
      yield b;
    },
  };
  const what = r.pick(Object.keys(kinds));
  const endless = ['the same tensor each time', 'ids too large', 'return throws', 'other size later'];
  const where = endless.includes(what) || r.chance(0.75) ? 'data' : 'validation';
  label(`bad data ${what} ${where} ${describe(config)}`);
  const store = memory();
  const input = `${where}: ${what}; model ${config.kind}`;
  const stop = new AbortController();
  const timer = what === 'never' ? setTimeout(() => stop.abort(), 30) : undefined;
  let error, result;
  const good = function* (from) {
    for (let at = from; ; at++) yield batch(at, config.kind);
  };
  try {
    const run = t.train(models[config.kind], where === 'data' ? kinds[what] : good, {
      key: createKey(1),
      steps: 3,
      schedule: t.constantSchedule(0.01),
      ...(where === 'validation' ? { validation: { data: kinds[what], every: 1 } } : {}),
      checkpoint: { store, every: 1 },
      signal: stop.signal,
      ...(config.accumulate ? { accumulate: config.accumulate } : {}),
      ...(config.averageDecay === undefined ? {} : { averageDecay: config.averageDecay }),
    });
    result = await Promise.race([run.finish(), new Promise((_d, no) => setTimeout(() => no(new Error('stalled')), 20000).unref())]);
  } catch (e) {
    error = e;
  }
  clearTimeout(timer);
  disposeTrained(result);
  if (error?.trained) disposeTrained(error.trained);
  await new Promise((d) => setImmediate(d));
  await new Promise((d) => setImmediate(d));
  if (error !== undefined) {
    const f = faultOfError(error);
    if (f && !(what === 'next gives no record'))
      find({
        severity: f.text.includes('stalled') ? 'medium' : f.severity,
        kind: `bad data: ${f.kind}`,
        signature: `bad:${what}:${where}:${f.text.slice(0, 40)}`,
        input,
        expected: 'our error',
        got: `${f.text} ${f.frame}`,
      });
  }
  if (!shared.isDisposed) shared.dispose();
  const grown = tf.memory().numTensors - baseline;
  const ownLeft = [
    'a batch alone',
    'a list',
    'async function',
    'a list of batches',
    'context training',
    'keeps the batch',
    'a promise of batches',
    'float x',
    'all counts 0',
    'carry disposes',
    'return throws',
    'a disposed tensor',
    'next gives no record',
  ];
  if (grown > 0 && !ownLeft.includes(what))
    find({
      severity: 'medium',
      kind: 'bad data: tensors leak',
      signature: `bad leak:${what}:${where}`,
      input: `${input}; ${error?.message?.split('\n')[0] ?? result?.ended}`,
      expected: 0,
      got: grown,
    });
  tf.disposeVariables();
}
