import '@tensorflow/tfjs-backend-cpu';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createKey, linear } from '@longspan/core-tensor';
import { ExplainedError } from '@longspan/core-tensor/error';
import * as t from '@longspan/training';
import { HeapFullError, register } from '@longspan/wasm-backend';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { shown } from '../../shown.ts';
import { faultOfError } from '../fault-of-error.mjs';
import { callbacks } from './callbacks.mjs';
import { depth, state } from './engine.mjs';
import { close, expected, kinds, known, numbers, readAll, work } from './work.mjs';

// register and unregister in any order, backends that change in the middle, heaps that are nearly full, callbacks that dispose what they are given.

setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);

const warnings = [];

console.warn = (...a) => warnings.push(a.join(' '));

await tf.setBackend('cpu');

let registration;

/** register, unregister and backends in any order, with work in between whose numbers are known. */
async function orders(r, { find, label }) {
  const story = [];
  const baseline = depth();
  for (let i = r.int(3, 14); i > 0; i--) {
    const what = r.pick([
      'register',
      'register',
      'register threads',
      'unregister',
      'unregister old',
      'cpu',
      'wasm',
      'work',
      'work',
      'work',
      'work',
      'two registers',
      'work while registering',
      'unregister while working',
      'work after dispose',
      'register wrong',
      'setBackend in the middle',
    ]);
    story.push(what);
    label(story.join(', '));
    const fail = (kind, severity, e, g) =>
      find({ severity, kind, signature: `${kind}:${what}`, input: story.join(', '), expected: e, got: g });
    try {
      if (what === 'register' || what === 'register threads') {
        if (tf.getBackend() !== 'wasm') {
          let e;
          try {
            await register({ threads: 1 });
          } catch (x) {
            e = x;
          }
          if (!(e instanceof ExplainedError)) fail('register on another backend', 'medium', 'a ConfigError', String(e));
        } else registration = await register(what === 'register' ? { threads: 1 } : { threads: r.int(1, 3) });
      } else if (what === 'register wrong') {
        let e;
        try {
          await register(
            r.pick([
              { threads: 0 },
              { threads: 1.5 },
              { threads: 1e9 },
              { instructions: 'x' },
              null,
              5,
              { thread: 1 },
              { threads: '2' },
              { threads: NaN },
            ]),
          );
        } catch (x) {
          e = x;
        }
        const f = e && faultOfError(e);
        if (e === undefined || f)
          fail('register with wrong options', 'medium', 'a ConfigError', e === undefined ? 'a registration' : f.text);
      } else if (what === 'unregister' || what === 'unregister old') {
        const old = registration;
        old?.unregister();
        if (what === 'unregister old') old?.unregister();
      } else if (what === 'cpu' || what === 'wasm') await tf.setBackend(what);
      else if (what === 'two registers') {
        if (tf.getBackend() === 'wasm') {
          const both = await Promise.all([register({ threads: 1 }), register({ threads: 2 })]);
          registration = both[0];
          if (both[0] !== both[1]) fail('two registers at once', 'low', 'one registration', 'two');
        }
      } else {
        const kind = r.pick(kinds),
          seed = r.int(0, 60);
        const want = await expected(kind, seed);
        let got;
        if (what === 'work while registering' && tf.getBackend() === 'wasm') {
          const p = register({ threads: 1 });
          const w = work(kind, seed);
          registration = await p;
          got = await readAll(w);
        } else if (what === 'unregister while working') {
          const w = work(kind, seed);
          registration?.unregister();
          got = await readAll(w);
        } else if (what === 'setBackend in the middle') {
          const w = work(kind, seed);
          await tf.setBackend(tf.getBackend() === 'cpu' ? 'wasm' : 'cpu');
          const w2 = tf.tidy(() => w.map((x) => tf.add(x, 0)));
          tf.dispose(w);
          got = await readAll(w2);
        } else got = await readAll(work(kind, seed));
        if (!close(got, want))
          fail('other numbers', 'high', shown(want.slice(0, 6)), `${kind} ${seed} on ${tf.getBackend()}: ${shown(got.slice(0, 6))}`);
      }
    } catch (e) {
      fail('an order of calls throws', 'medium', 'a result', String(e?.stack ?? e).slice(0, 700));
    }
    if (depth() !== baseline) {
      fail('scopes are left open', 'medium', baseline, depth());
      while (state().scopeStack.length > 1) tf.engine().endScope();
    }
  }
  registration?.unregister();
}

/** The same work again and again leaves nothing. */
async function leaks(r, { find, label }) {
  await tf.setBackend(r.chance(0.5) ? 'cpu' : 'wasm');
  if (tf.getBackend() === 'wasm' && r.chance(0.6)) registration = await register({ threads: 1 });
  const kind = r.pick(kinds),
    seed = r.int(0, 60);
  label(`leaks ${kind} ${seed}`);
  await readAll(work(kind, seed));
  const a = tf.memory();
  for (let i = 0; i < 5; i++) await readAll(work(kind, seed));
  const b = tf.memory();
  if (b.numTensors > a.numTensors || b.numDataBuffers > a.numDataBuffers)
    find({
      severity: 'medium',
      kind: 'work leaks',
      signature: `work leaks:${kind}:${tf.getBackend()}`,
      input: `${kind} ${seed} on ${tf.getBackend()}`,
      expected: `${a.numTensors} tensors, ${a.numDataBuffers} buffers`,
      got: `${b.numTensors}, ${b.numDataBuffers}`,
    });
  registration?.unregister();
}

/** wasm's heap until it is full, then on. */
async function fullHeap(r, { find, label, note }) {
  label('full heap');
  await tf.setBackend('wasm');
  registration = await register({ threads: 1 });
  const held = [];
  let error;
  const size = r.pick([2 ** 26, 2 ** 25, 2 ** 24]);
  try {
    for (let i = 0; i < 4096; i++) held.push(tf.fill([size], i));
  } catch (e) {
    error = e;
  }
  if (!(error instanceof HeapFullError))
    find({
      severity: 'medium',
      kind: 'full heap: another error',
      signature: `heap:${String(error).slice(0, 40)}`,
      input: `tf.fill([${size}]) until it throws`,
      expected: 'HeapFullError',
      got: String(error?.stack ?? error).slice(0, 500),
    });
  for (let i = 0; i < 6; i++) {
    const kind = r.pick(kinds),
      seed = r.int(0, 60);
    const want = known.get(`${kind} ${seed}`);
    try {
      const got = await readAll(work(kind, seed));
      if (want && !close(got, want))
        find({
          severity: 'high',
          kind: 'full heap: other numbers',
          input: `${kind} ${seed}`,
          expected: shown(want.slice(0, 5)),
          got: shown(got.slice(0, 5)),
        });
    } catch (e) {
      if (!(e instanceof HeapFullError))
        find({
          severity: 'medium',
          kind: 'full heap: work throws another error',
          signature: `heap work:${kind}:${String(e?.message).slice(0, 40)}`,
          input: `${kind} ${seed}`,
          expected: 'a result or HeapFullError',
          got: String(e?.stack ?? e).slice(0, 500),
        });
    }
  }
  const kept = held.length ? (await held[Math.floor(held.length / 2)].slice([0], [2]).data())[0] : undefined;
  if (held.length && kept !== Math.floor(held.length / 2))
    find({
      severity: 'high',
      kind: 'full heap: a tensor that was held has changed',
      input: '',
      expected: Math.floor(held.length / 2),
      got: kept,
    });
  tf.dispose(held);
  for (let i = 0; i < 3; i++) {
    const kind = r.pick(kinds),
      seed = r.int(0, 60);
    try {
      const got = await readAll(work(kind, seed));
      const want = await expected(kind, seed);
      if (!close(got, want))
        find({
          severity: 'high',
          kind: 'after a full heap: other numbers',
          input: `${kind} ${seed}`,
          expected: shown(want.slice(0, 5)),
          got: shown(got.slice(0, 5)),
        });
    } catch (e) {
      find({
        severity: 'medium',
        kind: 'after a full heap: work throws',
        signature: `after heap:${String(e?.message).slice(0, 40)}`,
        input: `${kind} ${seed}`,
        expected: 'a result',
        got: String(e?.stack ?? e).slice(0, 500),
      });
    }
  }
  registration.unregister();
  note('full heaps');
}

/** Setting another backend while a run trains. */
async function trainAcross(r, { find, label }) {
  label('train across backends');
  await tf.setBackend('cpu');
  const l = linear({ inFeatures: 4, outFeatures: 1 });
  const data = function* () {
    for (let i = 0; ; i++) yield { x: tf.tensor(numbers(i, 8), [2, 4]) };
  };
  const go = async (during) => {
    let n = 0;
    const run = t.train(l, data, { key: createKey(1), steps: 8, schedule: t.constantSchedule(0.01), optimizer: t.adamW() });
    for await (const _ of run) await during?.(n++);
    const d = await run.finish();
    const all = [];
    for (const x of Object.values(d.parameters)) all.push(...(await x.data()));
    tf.dispose(Object.values(d.parameters));
    return all;
  };
  const want = await go();
  const before = tf.memory().numTensors;
  const at = r.int(0, 6);
  let got;
  try {
    got = await go(async (n) => {
      if (n === at) {
        await tf.setBackend(tf.getBackend() === 'cpu' ? 'wasm' : 'cpu');
        if (tf.getBackend() === 'wasm' && r.chance(0.5)) registration = await register({ threads: 1 });
      }
      if (n === at + 1 && r.chance(0.5)) registration?.unregister();
    });
  } catch (e) {
    find({
      severity: 'medium',
      kind: 'train across backends throws',
      signature: `across:${String(e?.message).slice(0, 40)}`,
      input: `after step ${at}`,
      expected: 'weights',
      got: String(e?.stack ?? e).slice(0, 500),
    });
  }
  if (got && !close(got, want, 1e-3))
    find({
      severity: 'high',
      kind: 'train across backends: other weights',
      input: `after step ${at}`,
      expected: shown(want),
      got: shown(got),
    });
  registration?.unregister();
  await tf.setBackend('cpu');
  if (tf.memory().numTensors > before)
    find({
      severity: 'medium',
      kind: 'train across backends leaks',
      input: `after step ${at}`,
      expected: before,
      got: tf.memory().numTensors,
    });
}

/** @type {import('../../attack.ts').Attack} */
export const backends = {
  name: 'backends',
  limits: { cpu: 90, wall: 240 },
  runCase: async (_index, r, tools) => {
    const x = r.float();
    if (x < 0.35) await orders(r, tools);
    else if (x < 0.45) await leaks(r, tools);
    else if (x < 0.85) await callbacks(r, tools);
    else if (x < 0.998) await trainAcross(r, tools);
    else await fullHeap(r, tools);
  },
};
