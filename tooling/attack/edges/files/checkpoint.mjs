import '@tensorflow/tfjs-backend-cpu';
import { readSafetensors, writeSafetensors } from '@longspan/core-tensor';
import { train } from '@longspan/training';
import * as tf from '@tensorflow/tfjs';
import { shown } from '../../shown.ts';
import { faultOfError } from '../fault-of-error.mjs';
import { data, makeLoss, optimizers, options, store } from './trained.mjs';

/** A checkpoint with one entry changed: taken or refused, and no tensor left. */
export async function checkpoint(r, { find, label }) {
  const lossLayer = await makeLoss();
  const which = r.pick(Object.keys(optimizers));
  const average = r.chance(0.3) ? { averageDecay: 0.9 } : {};
  const s = store();
  const first = await train(lossLayer, data, options(which, 2, s, average)).finish();
  tf.dispose([Object.values(first.parameters), Object.values(first.average)]);
  let bytes = s.bytes;
  let what;
  const { metadata, tensors } = readSafetensors(bytes);
  const list = [...tensors].map(([n, t]) => [n, { dtype: t.dtype, shape: [...t.shape], values: t.values() }]);
  const numbers = JSON.parse(metadata.training);
  switch (r.int(0, 9)) {
    case 0: {
      const b = Buffer.from(bytes);
      for (let i = r.int(1, 3); i > 0; i--) b[r.int(0, b.length - 1)] = r.int(0, 255);
      bytes = Uint8Array.from(b);
      what = 'bytes changed';
      break;
    }
    case 1:
      bytes = bytes.slice(0, r.int(0, bytes.length - 1));
      what = `cut to ${bytes.length}`;
      break;
    case 2:
    case 3: {
      const f = r.pick(Object.keys(numbers));
      const v = r.pick([
        null,
        -1,
        1.5,
        1e300,
        '1',
        [],
        {},
        [1],
        [1, 2, 3],
        true,
        2 ** 53,
        1e9,
        0,
        { a: 1 },
        { __x: 'y' },
        { a: null },
        'x'.repeat(5000),
        [-1, 0],
        [2 ** 40, 1],
      ]);
      numbers[f] = v;
      what = `${f} = ${shown(v, 40)}`;
      bytes = writeSafetensors({ tensors: Object.fromEntries(list), metadata: { training: JSON.stringify(numbers) } });
      break;
    }
    case 4: {
      const text = r.pick([
        '',
        '{',
        'null',
        '[]',
        '1',
        '"x"',
        '{"version":2}',
        `${'['.repeat(1e5)}${']'.repeat(1e5)}`,
        '{"version":1}',
        JSON.stringify(numbers).slice(0, 40),
        JSON.stringify(numbers).replace('}', ',"__proto__":{"polluted":1}}'),
        JSON.stringify({ ...numbers, extra: 1 }),
      ]);
      what = `training: ${text.slice(0, 60)}`;
      bytes = writeSafetensors({ tensors: Object.fromEntries(list), metadata: { training: text } });
      break;
    }
    case 5: {
      const at = r.int(0, list.length - 1);
      what = `without ${list[at][0]}`;
      list.splice(at, 1);
      bytes = writeSafetensors({ tensors: Object.fromEntries(list), metadata });
      break;
    }
    case 6: {
      const at = r.int(0, list.length - 1);
      const t = list[at][1];
      const shape = r.pick([[...t.shape, 1], [t.values.length], [1, ...t.shape], [0], [2, 2], []]);
      const n = shape.reduce((a, b) => a * b, 1);
      what = `${list[at][0]} as [${shape}]`;
      list[at][1] = { dtype: 'F32', shape, values: new Float32Array(n).fill(0.1) };
      bytes = writeSafetensors({ tensors: Object.fromEntries(list), metadata });
      break;
    }
    case 7: {
      const at = r.int(0, list.length - 1);
      const t = list[at][1];
      const d = r.pick(['I32', 'F64', 'U8', 'I64', 'BOOL', 'C64', 'F16']);
      const n = t.values.length;
      const make = {
        I32: () => new Int32Array(n),
        F64: () => new Float64Array(n),
        U8: () => new Uint8Array(n),
        I64: () => new BigInt64Array(n),
        BOOL: () => new Uint8Array(n),
        C64: () => new Float32Array(2 * n),
        F16: () => new Float32Array(n),
      };
      what = `${list[at][0]} as ${d}`;
      list[at][1] = { dtype: d, shape: t.shape, values: make[d]() };
      bytes = writeSafetensors({ tensors: Object.fromEntries(list), metadata });
      break;
    }
    case 8: {
      const name = r.pick([
        'parameters.extra',
        'optimizer.extra',
        'state.memory',
        'average.extra',
        'other',
        'parameters.',
        'optimizer.__proto__',
        'state.__proto__',
        'state.constructor',
        'average.x',
        'optimizer.step.weight',
      ]);
      what = `with ${name}`;
      bytes = writeSafetensors({
        tensors: new Map([...list, [name, { dtype: 'F32', shape: [2], values: new Float32Array(2) }]]),
        metadata,
      });
      break;
    }
    default: {
      const at = r.int(0, list.length - 1);
      what = `${list[at][0]} is NaN`;
      list[at][1] = { ...list[at][1], values: Float32Array.from(list[at][1].values, () => r.pick([NaN, Infinity, -1, 1e38])) };
      if (list[at][1].dtype !== 'F32') return;
      bytes = writeSafetensors({ tensors: Object.fromEntries(list), metadata });
    }
  }
  const input = `checkpoint of ${which}${average.averageDecay ? ' with average' : ''}: ${what}`;
  label(input);
  const before = tf.memory().numTensors;
  const cpu = process.cpuUsage();
  const st = store(bytes);
  let finished, error;
  try {
    finished = await train(lossLayer, data, options(which, 4, st, average)).finish();
  } catch (e) {
    error = e;
  }
  if (finished !== undefined)
    tf.dispose([
      Object.values(finished.parameters),
      Object.values(finished.average),
      Object.values(finished.state).filter((x) => typeof x === 'object'),
    ]);
  if (error !== undefined) {
    const f = faultOfError(error);
    if (f)
      find({
        severity: f.severity,
        kind: `checkpoint: ${f.kind}`,
        signature: `checkpoint:${f.kind}:${f.frame.slice(0, 50)}:${f.text.slice(0, 30)}`,
        input,
        expected: 'an error of ours',
        got: `${f.text} ${f.frame}`,
      });
    if (error.trained) tf.dispose([Object.values(error.trained.parameters), Object.values(error.trained.average)]);
  }
  if (tf.memory().numTensors !== before)
    find({
      severity: 'medium',
      kind: 'checkpoint: tensors leak',
      signature: `checkpoint leak:${error === undefined ? 'fine' : error.message.split(':')[0]}`,
      input,
      expected: before,
      got: `${tf.memory().numTensors} after ${error === undefined ? `an end by ${finished.ended} at ${finished.step}` : error.message.slice(0, 200)}`,
    });
  if (process.cpuUsage(cpu).user > 5e6)
    find({ severity: 'medium', kind: 'checkpoint: slow', input, expected: 'fast', got: process.cpuUsage(cpu).user });
  if ({}.polluted !== undefined || Object.keys(Object.prototype).length > 0)
    find({ severity: 'high', kind: 'prototype pollution', input, expected: 'none', got: 'some' });
}
