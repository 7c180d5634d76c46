import '@tensorflow/tfjs-backend-cpu';
import { openSafetensors, readSafetensors, toTensor } from '@longspan/core-tensor';
import * as tf from '@tensorflow/tfjs';
import { shown } from '../../shown.ts';
import { faultOfError } from '../fault-of-error.mjs';
import { same, valuesOf } from './encoding.mjs';

/** A file, read: what it holds to the byte where it is right, one of our errors else. */
export async function check(bytes, r, find, input, infos, meta) {
  const guard = async (run) => {
    try {
      return { value: await run() };
    } catch (error) {
      return { error };
    }
  };
  const whole = await guard(() => readSafetensors(bytes));
  const plainBytes = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  const source =
    r.chance(0.5) && !(plainBytes.buffer instanceof SharedArrayBuffer)
      ? new Blob([plainBytes])
      : { size: plainBytes.length, read: async (b, e) => plainBytes.slice(b, e) };
  const opened = await guard(() => openSafetensors(source));
  for (const [who, o] of [
    ['readSafetensors', whole],
    ['openSafetensors', opened],
  ])
    if (o.error !== undefined) {
      const f = faultOfError(o.error);
      if (f)
        find({
          severity: f.severity,
          kind: `${who}: ${f.kind}`,
          signature: f.kind === 'control characters in message' ? 'control characters' : `${who}:${f.kind}:${f.text.slice(0, 40)}`,
          input,
          expected: 'a FileError',
          got: `${f.text} ${f.frame}`,
        });
    }
  if ((whole.error === undefined) !== (opened.error === undefined))
    find({
      severity: 'medium',
      kind: 'read and open disagree',
      input,
      expected: whole.error?.message ?? 'read',
      got: opened.error?.message ?? 'opened',
    });
  if (infos !== undefined) {
    if (whole.error !== undefined)
      return find({
        severity: 'medium',
        kind: 'a right file is refused',
        signature: `refused:${whole.error.message.slice(0, 50)}`,
        input,
        expected: 'tensors',
        got: whole.error.message,
      });
    const names = [...whole.value.tensors.keys()].sort();
    const want = infos.map((i) => i.name).sort();
    if (JSON.stringify(names) !== JSON.stringify(want)) find({ severity: 'high', kind: 'other names', input, expected: want, got: names });
    if (JSON.stringify(Object.entries(whole.value.metadata).sort()) !== JSON.stringify(Object.entries(meta ?? {}).sort()))
      find({ severity: 'medium', kind: 'other metadata', input, expected: meta, got: whole.value.metadata });
  }
  if (whole.error === undefined)
    for (const [name, entry] of whole.value.tensors) {
      const v = await guard(() => entry.values());
      const w = opened.value === undefined ? v : await guard(async () => (await opened.value.tensors.get(name).read()).values());
      for (const o of [v, w])
        if (o.error !== undefined) {
          const f = faultOfError(o.error);
          if (f)
            find({
              severity: f.severity,
              kind: `values: ${f.kind}`,
              signature: `values:${entry.dtype}:${f.text.slice(0, 40)}`,
              input: `${input} ${name}`,
              expected: 'values or a FileError',
              got: `${f.text} ${f.frame}`,
            });
        }
      const info = infos?.find((i) => i.name === name);
      if (info !== undefined) {
        const want = valuesOf(info.dtype, info.data, info.n);
        const got = v.error === undefined ? [...v.value] : undefined;
        if (got === undefined || got.length !== want.length || got.some((x, i) => !same(x, want[i]) && !same(want[i], x)))
          find({
            severity: 'high',
            kind: `values of ${info.dtype}`,
            input: `${input} ${name} ${[...info.data.slice(0, 40)]}`,
            expected: shown(want, 300),
            got: shown(got ?? v.error?.message, 300),
          });
      }
      if (v.value && w.value && (v.value.length !== w.value.length || v.value.some((x, i) => !Object.is(x, w.value[i]))))
        find({
          severity: 'high',
          kind: 'read and open give other values',
          input: `${input} ${name}`,
          expected: shown([...v.value].map(String), 200),
          got: shown([...w.value].map(String), 200),
        });
      const before = tf.memory().numTensors;
      const t = await guard(() => toTensor(entry));
      if (t.error !== undefined) {
        const f = faultOfError(t.error);
        if (f)
          find({
            severity: f.severity,
            kind: `toTensor: ${f.kind}`,
            signature: `toTensor:${entry.dtype}:${f.text.slice(0, 40)}`,
            input: `${input} ${name} ${entry.dtype} ${entry.shape}`,
            expected: 'a tensor or an error of ours',
            got: `${f.text} ${f.frame}`,
          });
      } else {
        if (JSON.stringify(t.value.shape) !== JSON.stringify([...entry.shape]))
          find({ severity: 'high', kind: 'toTensor: another shape', input: `${input} ${name}`, expected: entry.shape, got: t.value.shape });
        t.value.dispose();
      }
      if (tf.memory().numTensors > before)
        find({ severity: 'medium', kind: 'toTensor leaks', input: `${input} ${name}`, expected: before, got: tf.memory().numTensors });
    }
  if ({}.polluted !== undefined || Object.keys(Object.prototype).length > 0)
    find({ severity: 'high', kind: 'prototype pollution', input, expected: 'none', got: 'some' });
}
