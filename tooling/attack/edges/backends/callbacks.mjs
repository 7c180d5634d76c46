import '@tensorflow/tfjs-backend-cpu';
import { chain, createKey, defineLayer, layerNorm, linear, residual } from '@longspan/core-tensor';
import { recompute, recomputedLayer, reversibleSequence } from '@longspan/reversible';
import * as t from '@longspan/training';
import * as tf from '@tensorflow/tfjs';
import { faultOfError } from '../fault-of-error.mjs';
import { Hostile } from '../odd-values.mjs';
import { depth, state } from './engine.mjs';

/** Callbacks that dispose, throw, answer late or something else; the engine must be as it was. */
export async function callbacks(r, { find, label }) {
  await tf.setBackend('cpu');
  const boom = () => {
    throw new Hostile('callback');
  };
  const acts = {
    disposes: (x) => {
      x?.dispose?.();
      return tf.ones([2, 4]);
    },
    'gives the input disposed': (x) => {
      x?.dispose?.();
      return x;
    },
    throws: boom,
    'gives undefined': () => undefined,
    'gives null': () => null,
    'gives a number': () => 3,
    'gives a promise': async (x) => x,
    'gives another shape': () => tf.ones([3]),
    'gives int32': () => tf.ones([2, 4], 'int32'),
    'gives an empty tensor': () => tf.zeros([0, 4]),
    'gives a list': (x) => [x],
    'calls tidy and throws': () => tf.tidy(boom),
    'starts a scope': (x) => {
      tf.engine().startScope();
      return x;
    },
    'is right': (x) => tf.mul(x, 2),
    'calls itself': (x) => tf.grad((y) => tf.sum(tf.square(y)))(x),
    'disposes variables': (x) => {
      tf.disposeVariables();
      return tf.mul(x, 1);
    },
    'gives the input itself': (x) => x,
    'gives a variable': (x) => tf.variable(tf.mul(x, 1)),
  };
  const [what, act] = r.pick(Object.entries(acts));
  const made = [];
  const init = (l) => {
    const p = l.init(createKey(1));
    made.push(...Object.values(p));
    return p;
  };
  const own = (act) =>
    defineLayer({ name: 'own', spec: { w: { shape: [4], draw: { kind: 'ones' }, decay: false } }, run: (_, x) => act(x) });
  const places = {
    recompute: (x) => recompute(act)(x),
    'gradient of recompute': (x) => tf.grad((y) => tf.sum(recompute(act)(y)))(x),
    recomputedLayer: (x) => {
      const l = recomputedLayer(own(act));
      const p = init(l);
      return tf.grad((y) => tf.sum(l.apply(p, y)))(x);
    },
    defineLayer: (x) => {
      const l = own(act);
      return l.apply(init(l), x);
    },
    chain: (x) => {
      const l = chain({ a: linear({ inFeatures: 4, outFeatures: 4 }), b: own(act), c: layerNorm({ width: 4 }) });
      return l.apply(init(l), x);
    },
    residual: (x) => {
      const l = residual(own(act));
      return l.apply(init(l), x);
    },
    reversible: (x) => {
      const l = reversibleSequence([{ f: own(act), g: linear({ inFeatures: 4, outFeatures: 4 }) }]);
      const two = tf.concat([x, x], 1);
      made.push(two);
      const p = init(l);
      return tf.grad((y) => tf.sum(l.apply(p, y)))(two);
    },
    train: async (_x) => {
      const l = own((y) => tf.mean(act(y) ?? y));
      const run = t.train(
        l,
        function* () {
          for (let i = 0; i < 3; i++) yield { x: tf.ones([2, 4]) };
        },
        { key: createKey(1), steps: 2, schedule: t.constantSchedule(0.1), optimizer: t.sgd() },
      );
      const d = await run.finish();
      tf.dispose(Object.values(d.parameters));
    },
    "optimizer of one's own": async () => {
      const o = { name: 'own', step: (p, _g, _s, _rate) => ({ parameters: { weight: act(p.weight) }, state: {} }) };
      const l = linear({ inFeatures: 4, outFeatures: 1 });
      const d = await t
        .train(
          l,
          function* () {
            for (let i = 0; i < 3; i++) yield { x: tf.ones([2, 4]) };
          },
          { key: createKey(1), steps: 2, schedule: t.constantSchedule(0.1), optimizer: o },
        )
        .finish();
      tf.dispose(Object.values(d.parameters));
    },
    schedule: async () => {
      const l = linear({ inFeatures: 4, outFeatures: 1 });
      const d = await t
        .train(
          l,
          function* () {
            for (let i = 0; i < 3; i++) yield { x: tf.ones([2, 4]) };
          },
          { key: createKey(1), steps: 2, schedule: act, optimizer: t.sgd() },
        )
        .finish();
      tf.dispose(Object.values(d.parameters));
    },
    trains: async () => {
      const l = linear({ inFeatures: 4, outFeatures: 1 });
      const d = await t
        .train(
          l,
          function* () {
            for (let i = 0; i < 3; i++) yield { x: tf.ones([2, 4]) };
          },
          { key: createKey(1), steps: 2, schedule: t.constantSchedule(0.1), trains: act },
        )
        .finish();
      tf.dispose(Object.values(d.parameters));
    },
  };
  const hostParts = ['trains', 'schedule'];
  const onHost = [
    'throws',
    'gives undefined',
    'gives null',
    'gives a number',
    'gives a promise',
    'gives a list',
    'calls tidy and throws',
    'gives the input itself',
  ];
  const [where, call] = r.pick(Object.entries(places));
  if (where === 'train' && /promise|number|null|undefined|list/.test(what)) return;
  if (/recompute/.test(where) && what === 'gives a list') return;
  if (hostParts.includes(where) && !onHost.includes(what)) return;
  const input = `${where}: a callback that ${what}`;
  label(input);
  const baseline = depth();
  const x = tf.ones([2, 4]);
  let error;
  const before = tf.memory().numTensors;
  try {
    const out = await call(x);
    for (const o of [out].flat()) if (o?.dispose && !o.isDisposed && o !== x) o.dispose();
  } catch (e) {
    error = e;
  }
  if (error !== undefined) {
    const f = faultOfError(error);
    const theirs = /disposed|reading|not a function/.test(f?.text ?? '') && /disposes|input disposed|starts a scope/.test(what);
    if (f)
      find({
        severity: theirs ? 'low' : 'medium',
        kind: `callback: ${f.kind}`,
        signature: theirs
          ? 'callback: disposed input'
          : what === 'calls itself'
            ? 'callback: a gradient within'
            : `callback:${where}:${what}:${f.text.slice(0, 40)}`,
        input,
        expected: 'a result or an error of ours',
        got: `${f.text} ${f.frame}`,
      });
  }
  if (depth() !== baseline && what !== 'starts a scope')
    find({
      severity: 'medium',
      kind: 'callback: scopes or tapes are left open',
      signature: `callback depth:${where}:${what}`,
      input,
      expected: baseline,
      got: depth(),
    });
  while (state().scopeStack.length > Number(baseline.split(' ')[0])) tf.engine().endScope();
  tf.dispose(made.filter((m) => !m.isDisposed));
  const grown = tf.memory().numTensors - before;
  const mine = /variable|int32|another shape|empty|list|promise|input disposed|itself|starts/.test(what);
  if (
    grown > 0 &&
    !mine &&
    error !== undefined &&
    (what === 'throws' ||
      what === 'calls tidy and throws' ||
      what === 'gives undefined' ||
      what === 'gives null' ||
      what === 'gives a number')
  )
    find({
      severity: 'medium',
      kind: 'callback: tensors leak',
      signature: `callback leak:${where}:${what}`,
      input: `${input}; ${String(error?.message).split('\n')[0]}`,
      expected: 0,
      got: grown,
    });
  if (!x.isDisposed) x.dispose();
  tf.disposeVariables();
  const slopes = tf.tidy(() => tf.grad((y) => tf.sum(tf.square(y)))(tf.tensor1d([1, 2])));
  const g = [...(await slopes.data())];
  slopes.dispose();
  if (g.join() !== '2,4')
    find({
      severity: 'high',
      kind: 'callback: gradients are wrong afterwards',
      signature: `callback after:${where}:${what}`,
      input,
      expected: '2,4',
      got: g,
    });
}
