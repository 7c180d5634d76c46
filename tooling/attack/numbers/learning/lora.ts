import * as C from '@longspan/core-tensor';
import * as R from '@longspan/training';
import * as tf from '@tensorflow/tfjs-core';
import type { Case } from '../case.ts';
import { matmul } from '../layers/mat-mul.ts';
import { rowsRounded } from '../layers/packed.ts';
import type { Loose } from '../loose.ts';
import { read, size } from '../tensors.ts';
import { T } from './parameters.ts';

/** What an int8 layer of two products may be off by: the rounding of x through the activation, whose slope is below 1.2, and that within. */
async function roundedTwice(c: Case, layer: Loose, use: Loose, x: Float32Array): Promise<Float64Array> {
  const unpack = async (name: string) =>
    read(await C.unpackWeight({ kind: 'int8', numbers: use[name], scale: use[`${name}_scale`], shape: layer.spec[name].shape } as Loose));
  const [first, second] = [await unpack('inner.weight'), await unpack('outer.weight')];
  const [inner, width] = layer.spec['inner.weight'].shape as [number, number];
  const absolute = (values: ArrayLike<number>) => Float64Array.from(values, Math.abs);
  const rows = x.length / width;
  const within = matmul(rowsRounded(c, x, rows, width, first, inner), rows, inner, absolute(second), width).y;
  const hidden = matmul(absolute(x), rows, width, absolute(first), inner).y;
  const after = rowsRounded(c, hidden, rows, inner, second, width);
  return within.map((value, at) => 1.2 * value + (after[at] as number));
}

/** LoRA (arXiv 2106.09685 §4.1): the layer with its adapters equals the layer of merged weights; gradients of A and B from that of the weight. */
export async function lora(c: Case): Promise<void> {
  const r = c.rng;
  const width = r.int(2, 8);
  const inner = r.int(2, 9);
  const rank = r.int(1, 4);
  const alpha = r.pick([1, 2, 16, 0.5]);
  const layer = C.feedForward({ width, innerWidth: inner, activation: r.pick(['gelu', 'relu'] as const) });
  const base: Loose = layer.init(C.createKey(r.int(0, 1e6)));
  const only = r.chance(0.4) ? R.named('inner.weight') : undefined;
  const packed = r.chance(0.25) ? r.pick(['float16', 'int8'] as const) : undefined;
  c.note({ width, inner, rank, alpha, only: only !== undefined, packed });
  const use: Loose = packed ? await C.packParameters(layer, base, packed) : base;
  const adapted = R.lora(layer, use, { rank, alpha, ...(only ? { targets: only } : {}) });
  const adapters: Loose = adapted.init(C.createKey(3));
  const x = T(r.normals(3 * width), [3, width]);
  const plain = await read(layer.apply(use, x));
  const rounded = packed === 'int8' ? await roundedTwice(c, layer, use, await read(x)) : undefined;
  const tolerance = Float64Array.from(plain, (_, at) => 2e-6 + (rounded?.[at] ?? 0));
  c.close('lora: 0 at first', await read(adapted.apply(adapters, x) as Loose), plain, tolerance);
  for (const name of Object.keys(adapters)) adapters[name] = T(r.normals(size(adapters[name].shape)), adapters[name].shape);
  const merged: Loose = adapted.merged(adapters);
  const want: Loose = { ...base };
  for (const t of adapted.targets) {
    const A = await read(adapters[t.replace(/weight$/, 'lora_A.weight')]);
    const B = await read(adapters[t.replace(/weight$/, 'lora_B.weight')]);
    const [out, inn] = layer.spec[t]!.shape as [number, number];
    const w = packed
      ? await read(
          await C.unpackWeight({
            kind: packed,
            numbers: use[t],
            ...(packed === 'int8' ? { scale: use[`${t}_scale`] } : {}),
            shape: [out, inn],
          } as Loose),
        )
      : await read(base[t]);
    const y = new Float64Array(out * inn);
    const tol = new Float64Array(out * inn);
    for (let o = 0; o < out; o++)
      for (let d = 0; d < inn; d++) {
        let s = 0;
        let a = 0;
        for (let k = 0; k < rank; k++) {
          s += B[o * rank + k]! * A[k * inn + d]!;
          a += Math.abs(B[o * rank + k]! * A[k * inn + d]!);
        }
        y[o * inn + d] = w[o * inn + d]! + (alpha / rank) * s;
        tol[o * inn + d] = 1e-6 * ((alpha / rank) * a + 1);
      }
    c.close('lora: merged', await read(merged[t]), y, tol);
    want[t] = T(y, [out, inn]);
  }
  if (packed) for (const n of Object.keys(use)) if (!adapted.targets.includes(n) && !n.endsWith('_scale')) want[n] = merged[n];
  const g = T(r.normals(3 * width), [3, width]);
  const y1 = await read(adapted.apply(adapters, x) as Loose);
  const y2 = await read(layer.apply(merged, x));
  c.close(
    'lora: apply equals merged',
    y1,
    y2,
    Float64Array.from(y2, (v) => 1e-4 * (10 + Math.abs(v))),
  );
  // gradients: dW from the merged layer, dA = s Bᵀ dW, dB = s dW Aᵀ
  const names = Object.keys(adapters);
  const gs = tf.grads(
    (...ts: tf.Tensor[]) => tf.sum(tf.mul(adapted.apply(Object.fromEntries(names.map((n, i) => [n, ts[i]!])), x) as Loose, g)) as tf.Scalar,
  )(names.map((n) => adapters[n]));
  const mNames = [...adapted.targets];
  const mg = tf.grads(
    (...ts: tf.Tensor[]) =>
      tf.sum(tf.mul(layer.apply({ ...merged, ...Object.fromEntries(mNames.map((n, i) => [n, ts[i]!])) }, x), g)) as tf.Scalar,
  )(mNames.map((n) => merged[n]));
  for (let i = 0; i < mNames.length; i++) {
    const t = mNames[i]!;
    const an = t.replace(/weight$/, 'lora_A.weight');
    const bn = t.replace(/weight$/, 'lora_B.weight');
    const A = await read(adapters[an]);
    const B = await read(adapters[bn]);
    const W = await read(mg[i]!);
    const [out, inn] = layer.spec[t]!.shape as [number, number];
    const dA = new Float64Array(rank * inn);
    const dB = new Float64Array(out * rank);
    const tA = new Float64Array(rank * inn);
    const tB = new Float64Array(out * rank);
    const s = alpha / rank;
    for (let o = 0; o < out; o++)
      for (let d = 0; d < inn; d++)
        for (let k = 0; k < rank; k++) {
          const w = W[o * inn + d]! * s;
          dA[k * inn + d]! += w * B[o * rank + k]!;
          tA[k * inn + d]! += 3e-4 * (Math.abs(w * B[o * rank + k]!) + 1e-3);
          dB[o * rank + k]! += w * A[k * inn + d]!;
          tB[o * rank + k]! += 3e-4 * (Math.abs(w * A[k * inn + d]!) + 1e-3);
        }
    c.close('lora: dA', await read(gs[names.indexOf(an)]!), dA, tA);
    c.close('lora: dB', await read(gs[names.indexOf(bn)]!), dB, tB);
  }
}
