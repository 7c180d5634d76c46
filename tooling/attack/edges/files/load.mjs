import '@tensorflow/tfjs-backend-cpu';
import { loadParameters } from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs';
import { shown } from '../../shown.ts';
import { faultOfError } from '../fault-of-error.mjs';
import { right } from './right.mjs';
import { model } from './trained.mjs';

/** loadParameters of files of strangers for a known layer. */
export async function load(r, { find, label }) {
  const f = right(r);
  const prefix = r.pick(['', 'a', 'w', '__proto__', 'a.', '.', 'constructor', undefined]);
  const layer = r.chance(0.5) ? model : undefined;
  label(`load ${prefix} ${shown(f.header, 600)}`);
  const before = tf.memory().numTensors;
  try {
    const p = loadParameters(f.bytes, { ...(prefix === undefined ? {} : { prefix }), ...(layer ? { layer } : {}) });
    const bad = Object.values(p).some((x) => !(x instanceof tf.Tensor));
    if (bad)
      find({
        severity: 'medium',
        kind: 'loadParameters gives no tensors',
        input: shown(f.header),
        expected: 'tensors',
        got: shown(Object.keys(p)),
      });
    tf.dispose(Object.values(p));
  } catch (e) {
    const g = faultOfError(e);
    if (g)
      find({
        severity: g.severity,
        kind: `loadParameters: ${g.kind}`,
        signature: `load:${g.text.slice(0, 40)}`,
        input: `${prefix} ${shown(f.header)}`,
        expected: 'an error of ours',
        got: `${g.text} ${g.frame}`,
      });
  }
  if (tf.memory().numTensors !== before)
    find({
      severity: 'medium',
      kind: 'loadParameters leaks',
      input: `${prefix} ${shown(f.header)}`,
      expected: before,
      got: tf.memory().numTensors,
    });
}
