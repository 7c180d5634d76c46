import {
  applyDropout,
  applyFeedForward,
  applyHeadProjections,
  applyLayerNorm,
  applyLinear,
  applyRmsNorm,
  applyRotary,
  createKey,
  crossEntropy,
  gatherRows,
  gelu,
  normal,
  type PackedWeight,
  type RotaryTables,
  rotaryTables,
} from '@longspan/core-tensor';
import { headProjectionsContract, linearContract } from '@longspan/core-tensor/kernel';
import { expectClose } from '@longspan/tooling/expect';
import { concat, engine, grads, ones, reshape, type Tensor, tensor, tensor1d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registered } from './registered.ts';
import { webgpu } from './tfjs-parts.ts';
import { withLimits } from './with-limits.ts';

let leave = (): void => {};
beforeAll(async () => {
  leave = (await registered()).unregister;
});
afterAll(() => leave());

/** Runs, and throws where a program of ours is bound to more than so many bytes: the device itself would take them. */
function boundTo<Made>(most: number, run: () => Made): Made {
  const { device } = webgpu();
  const { createBindGroup } = device;
  device.createBindGroup = (group) => {
    for (const { resource } of group.label ? group.entries : []) {
      const { buffer, offset = 0, size = buffer.size - offset } = resource as GPUBufferBinding;
      expect(size, group.label).toBeLessThanOrEqual(most); // tfjs's own groups have no label
    }
    return createBindGroup.call(device, group);
  };
  try {
    return run();
  } finally {
    device.createBindGroup = createBindGroup;
  }
}

const drawn = (name: string, shape: number[]): Tensor => normal(createKey(name), shape);
const rows = 200;
const width = 12;
const ids = (): Tensor =>
  tensor1d(
    Int32Array.from({ length: rows }, (_, at) => (at * at) % 9),
    'int32',
  );

/** Tables of so many tokens in each batch row. */
const tablesOf = (lengths: readonly number[]): RotaryTables => {
  const positions = lengths.map((length, row) => Array.from({ length }, (_, at) => 7 * row + at));
  return rotaryTables(lengths.length === 1 ? (positions[0] as number[]) : positions, width, { style: 'half', rotaryDim: 8 });
};

/** Numbers of about 1 in float16, two in a word. */
const float16Weight = (shape: readonly [number, number]): PackedWeight => {
  const words = Int32Array.from({ length: (shape[0] * shape[1]) / 2 }, (_, at) => 0x3c003800 + ((at * 40503) & 0x03ff03ff));
  return { kind: 'float16', numbers: tensor(words, [shape[0], shape[1] / 2], 'int32'), shape };
};

/** Calls of 200 rows, or of others whose widest rows have so many numbers, as functions of what has gradients. */
const calls: Readonly<Record<string, readonly [inputs: () => Tensor[], run: (...inputs: Tensor[]) => Tensor, widest?: number]>> = {
  'layer norm': [() => [drawn('x', [rows, width]), ones([width]), ones([width])], (x, w, b) => applyLayerNorm(x as Tensor, w, b)],
  'RMS norm': [() => [drawn('x', [rows, width]), ones([width])], (x, w) => applyRmsNorm(x as Tensor, w)],
  gelu: [() => [drawn('x', [rows, width])], (x) => gelu(x as Tensor)],
  dropout: [() => [drawn('x', [rows, width])], (x) => applyDropout(x as Tensor, 0.5, createKey(3))],
  'gather of rows': [() => [drawn('table', [9, width])], (table) => gatherRows(table as Tensor, ids())],
  'gather of rows of a large table': [
    () => [drawn('table', [250, width])],
    (table) =>
      gatherRows(
        table as Tensor,
        tensor1d(
          Int32Array.from({ length: rows }, (_, at) => (at * at) % 250),
          'int32',
        ),
        { paddingIndex: 4 },
      ),
  ],
  'rotary positions': [() => [drawn('x', [1, 2, rows / 2, width])], (x) => applyRotary(x as Tensor, tablesOf([rows / 2]))],
  'rotary positions, tables in parts, too': [
    () => [drawn('x', [2, 1, rows, width])],
    (x) => applyRotary(x as Tensor, tablesOf([rows, rows])),
  ],
  'cross entropy': [() => [drawn('logits', [rows, width])], (logits) => crossEntropy(logits as Tensor, ids())],
  'linear map': [
    () => [drawn('x', [rows, width]), drawn('weight', [8, width]), drawn('bias', [8])],
    (x, w, b) => applyLinear(x as Tensor, w as Tensor, b),
  ],
  'linear map whose weight is larger': [
    () => [drawn('x', [70, 72]), drawn('weight', [80, 72]), drawn('bias', [80])],
    (x, w, b) => applyLinear(x as Tensor, w as Tensor, b),
    80,
  ],
  'linear map whose weight is larger in float16, too': [
    () => [drawn('x', [70, 136]), drawn('bias', [136])],
    (x, b) => applyLinear(x as Tensor, float16Weight([136, 136]), b),
    136,
  ],
  'feed-forward layer': [
    () => [drawn('x', [300, 4]), drawn('inner', [16, 4]), drawn('b', [16]), drawn('outer', [4, 16]), drawn('c', [4])],
    (...[x, innerWeight, innerBias, outerWeight, outerBias]) =>
      applyFeedForward(x as Tensor, { innerWeight, innerBias, outerWeight, outerBias } as never, { chunkLength: 1000 }),
  ],
};

it.each(Object.keys(calls))('%s gives the same where a binding holds a part of the rows, and a grid is wide in no axis', async (name) => {
  const [inputs, run, widest = width] = calls[name] as (typeof calls)[string];
  const given = inputs();
  const all = () => engine().tidy(() => [run(...given), ...grads(run)(given)]) as Tensor[];
  const whole = all();
  const most = 64 * 4 * widest + 1024;
  const narrow = { maxStorageBufferBindingSize: most, maxComputeWorkgroupsPerDimension: 3 };
  const inParts = await withLimits(narrow, async () => boundTo(most, all));
  for (const [at, each] of inParts.entries()) {
    expectClose(await each.data(), await (whole[at] as Tensor).data(), { atol: 1e-5 * Math.sqrt(widest), rtol: 1e-5 });
  }
});

it('what a device is too small for is refused by a sentence', async () => {
  const x = ones([100, 64]);
  const call = { inputs: [x, ones([32, 64])] as const, attributes: { hasBias: false } };
  const [ours] = linearContract.kernels('webgpu');
  const why = (maxStorageBufferBindingSize: number) => withLimits({ maxStorageBufferBindingSize }, async () => ours?.unsupported(call));
  expect(linearContract.explain(...(Object.values(call) as [never, never])).reason).toBe('webgpu-wgsl; in tiles of 32 x 32');
  expect(await why(2 ** 20)).toBeNull();
  expect(await why(16384)).toBeNull();
  expect(await why(16383)).toBe('64 of its rows have 16384 bytes, and the device binds 16383');
});

describe('projections to heads', () => {
  const sizes = [
    [8, 2],
    [4, 1],
    [12, 3],
  ] as const;
  const inputs: Tensor[] = [];
  beforeAll(() => {
    inputs.push(drawn('x', [2, rows / 2, width]));
    for (const [features] of sizes) inputs.push(drawn(`weight ${features}`, [features, width]), drawn(`bias ${features}`, [features]));
  });
  const run = (...[x, ...parameters]: Tensor[]): Tensor => {
    const projections = sizes.map(([, heads], at) => ({ weight: parameters[2 * at] as Tensor, bias: parameters[2 * at + 1], heads }));
    return concat(applyHeadProjections(x as Tensor, projections).map((each) => reshape(each, [-1])));
  };
  const all = () => engine().tidy(() => [run(...inputs), ...grads(run)(inputs)]) as Tensor[];
  const most = 64 * 4 * width + 1024;

  it.each([
    ['storage buffers', { maxStorageBuffersPerShaderStage: 9 }, 'it needs 10 storage buffers, and the device has 9'],
    ['bytes', { maxStorageBufferBindingSize: most }, `one of its tensors has 9600 bytes, and the device binds ${most}`],
  ] as const)('are linear maps where the device has too few %s, with the same numbers', async (_, narrow, reason) => {
    const whole = all();
    const found = await withLimits(narrow, async () => boundTo('maxStorageBufferBindingSize' in narrow ? most : 2 ** 20, all));
    for (const [at, each] of found.entries()) {
      expectClose(await each.data(), await (whole[at] as Tensor).data(), { atol: 1e-5 * Math.sqrt(width), rtol: 1e-5 });
    }
    const attributes = { heads: sizes.map(([, heads]) => heads), hasBias: true };
    const [ours] = headProjectionsContract.kernels('webgpu');
    const why = async () => ours?.unsupported({ inputs: inputs as [Tensor, ...Tensor[]], attributes });
    expect(await withLimits(narrow, why)).toBe(reason);
    expect(await withLimits({ maxStorageBuffersPerShaderStage: 10 }, why)).toBeNull();
  });
});
