import { type CrossEntropyAttributes, type CrossEntropyInputs, crossEntropyContract } from '@longspan/core-tensor/kernel';
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import { f32, i32, u32 } from '../../encode/encode.ts';
import { withFloats } from '../../encode/float-buffer.ts';
import { partOf, rowParts, unboundRows } from '../../encode/row-parts.ts';
import { reads, runProgram, writes } from '../../encode/run-program.ts';
import { unwritten } from '../../encode/unwritten.ts';
import type { TfjsWebGpu } from '../../tfjs/tfjs-webgpu.ts';
import type { Fields } from '../../wgsl/fields.ts';
import { packed } from '../../wgsl/packed.ts';
import { lanesFor } from '../../wgsl/sum-of-lanes.ts';
import type { Kernel } from '../kernel.ts';
import { onDevice } from '../on-device.ts';
import { gradientText, lossText, piece, threads, totalText } from './wgsl.ts';

/** Cross entropy in WGSL: the logits are read once forward, and once for their gradient; nothing of their size is kept. */
export const crossEntropyKernel: Kernel = {
  name: crossEntropyContract.name,
  add: (backendOf) =>
    crossEntropyContract.addKernel('webgpu', {
      name: 'webgpu-wgsl',
      unsupported: onDevice(backendOf, ({ device }, [, targets], { classes }) => unboundRows(device.limits, targets.size, 4 * classes)),
      tolerance: {
        atol: 4e-6,
        rtol: 4e-6,
        reason: 'float32 sums in another order, and exponentials with errors of 3 + 2|x| units in the last place, logarithms of 2⁻²¹',
      },
      forward: (inputs, attributes) => forward(backendOf(), inputs, attributes),
      save: { outputs: [1, 2] },
      gradient: ({ inputs, outputs: [normalizers, counted] }, [dy], attributes) => [
        backward(backendOf(), inputs, { normalizers, counted, dy }, attributes),
        null,
      ],
    }),
};

/** WGSL may assume that NaN and infinities do not occur, so they come as bits. */
const bits: Fields = { notANumber: u32(0x7fc00000), infinity: u32(0x7f800000), zero: u32(0) };

/** The loss and, for the gradient, what each row's log-sum-exp is the sum of, and how many rows count. */
function forward(
  backend: TfjsWebGpu,
  [given, targets]: CrossEntropyInputs,
  { reduction, ignoreIndex, labelSmoothing, classes }: CrossEntropyAttributes,
): readonly [loss: Tensor, normalizers: Tensor, counted: Tensor] {
  const rows = targets.size;
  const logits = withFloats(backend, given);
  const [losses, normalizers] = [unwritten(backend, [rows]), unwritten(backend, [rows, 2])];
  const { size, name, code } = packed(classes);
  const lanes = lanesFor(classes / size, threads);
  for (const part of rowParts(backend.device.limits, rows, 4 * Math.max(classes, 2))) {
    runProgram(backend, {
      name: `cross entropy, ${name}, ${lanes} threads for a row${labelSmoothing === 0 ? '' : ', smoothed'}`,
      bound: {
        logits: reads(partOf(logits, part, 4 * classes), 'array<U>'),
        targets: reads(partOf(targets, part, 4), 'array<i32>'),
        losses: writes(partOf(losses, part, 4), 'array<u32>'),
        normalizers: writes(partOf(normalizers, part, 8), 'array<vec2u>'),
      },
      fields: {
        rows: u32(part.count),
        classes: u32(classes),
        vectors: u32(classes / size),
        ignored: i32(ignoreIndex),
        smoothing: f32(labelSmoothing),
        ...bits,
      },
      text: () => lossText({ code, size, lanes, isSmoothed: labelSmoothing !== 0 }),
      workgroups: Math.ceil((part.count * lanes) / threads),
    });
  }
  const [total, counted] = [unwritten(backend, []), unwritten(backend, [])];
  runProgram(backend, {
    name: 'total of cross entropy',
    bound: {
      losses: reads(losses, 'array<u32>'),
      targets: reads(targets, 'array<i32>'),
      total: writes(total, 'array<u32>'),
      counted: writes(counted, 'array<u32>'),
    },
    fields: { rows: u32(rows), classes: u32(classes), ignored: i32(ignoreIndex), isMean: u32(reduction === 'mean' ? 1 : 0), ...bits },
    text: totalText,
    workgroups: 1,
  });
  return [reduction === 'none' ? reshape(losses, targets.shape) : total, normalizers, counted];
}

/** The gradient of the logits. */
function backward(
  backend: TfjsWebGpu,
  [given, targets]: CrossEntropyInputs,
  { normalizers, counted, dy }: { readonly normalizers: Tensor; readonly counted: Tensor; readonly dy: Tensor },
  { reduction, ignoreIndex, labelSmoothing, classes }: CrossEntropyAttributes,
): Tensor {
  const logits = withFloats(backend, given);
  const cotangents = withFloats(backend, dy);
  const dlogits = unwritten(backend, given.shape);
  const { size, name, code } = packed(classes);
  const vectors = classes / size;
  const pieces = Math.ceil(vectors / piece);
  for (const part of rowParts(backend.device.limits, targets.size, 4 * Math.max(classes, 2))) {
    runProgram(backend, {
      name: `gradient of cross entropy, ${name}`,
      bound: {
        logits: reads(partOf(logits, part, 4 * classes), 'array<U>'),
        targets: reads(partOf(targets, part, 4), 'array<i32>'),
        normalizers: reads(partOf(normalizers, part, 8), 'array<vec2u>'),
        counted: reads(counted, 'array<u32>'),
        dy: reads(reduction === 'none' ? partOf(cotangents, part, 4) : cotangents, 'array<f32>'),
        dlogits: writes(partOf(dlogits, part, 4 * classes), 'array<U>'),
      },
      fields: {
        rows: u32(part.count),
        classes: u32(classes),
        vectors: u32(vectors),
        pieces: u32(pieces),
        ignored: i32(ignoreIndex),
        smoothing: f32(labelSmoothing),
        isMean: u32(reduction === 'mean' ? 1 : 0),
        dyStep: u32(reduction === 'none' ? 1 : 0),
        ...bits,
      },
      text: () => gradientText({ code, size }),
      workgroups: part.count * pieces,
    });
  }
  return dlogits;
}
