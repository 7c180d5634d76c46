import { leaked, withBackend } from '@longspan/tooling/expect';
import { memory } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkpointOf, json, smallConfig, smallWeights } from '../../test/checkpoint.ts';
import { torchFileOf } from '../../test/torch-bytes.ts';
import { fromPretrained } from './from-pretrained.ts';
import type { NamedBytes } from './given-files.ts';

beforeAll(() => withBackend('cpu'));

type Weights = Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>>;

const config = { 'config.json': json(smallConfig) };
const weights = async (): Promise<Weights> => (await smallWeights()) as Weights;
const zeros = (given: Weights): Weights =>
  Object.fromEntries(Object.entries(given).map(([name, { shape, values }]) => [name, { shape, values: values.map(() => 0) }]));

async function expectSameAsSafetensors(
  source: NamedBytes,
  files: readonly string[],
  options: { readonly weights?: string } = {},
): Promise<void> {
  const [one, other] = [await fromPretrained(checkpointOf(await smallWeights())), await fromPretrained(source, options)];
  expect(other.report.files.map(({ name }) => name)).toEqual(files);
  expect(Object.keys(other.parameters).sort()).toEqual(Object.keys(one.parameters).sort());
  for (const [name, tensor] of Object.entries(one.parameters)) expect(await other.parameters[name]?.data()).toEqual(await tensor.data());
  for (const each of [one, other]) each.dispose();
}

describe("weights in torch's form", () => {
  it('are those of the same weights in safetensors', async () => {
    const file = torchFileOf(await weights());
    await expectSameAsSafetensors({ ...config, 'pytorch_model.bin': file }, ['pytorch_model.bin']);
    await expectSameAsSafetensors({ ...config, 'best.pt': file }, ['best.pt'], { weights: 'best.pt' });
    expect(await leaked(async () => (await fromPretrained({ ...config, 'pytorch_model.bin': file })).parameters)).toEqual({
      tensors: 0,
      buffers: 0,
    });
  });

  it('are read only where there are no safetensors', async () => {
    const old = torchFileOf(zeros(await weights()));
    const source = checkpointOf(await smallWeights());
    await expectSameAsSafetensors({ ...source, 'pytorch_model.bin': old }, ['model.safetensors']);
    const { 'model.safetensors': shard, ...rest } = source as Required<typeof source>;
    const names = Object.keys(await weights()).map((name) => [name, 'model-1.safetensors']);
    const several = {
      ...rest,
      'model-1.safetensors': shard as Uint8Array,
      'model.safetensors.index.json': json({ weight_map: Object.fromEntries(names) }),
    };
    await expectSameAsSafetensors({ ...several, 'pytorch_model.bin': old }, ['model-1.safetensors']);
  });

  it('of another name are told of, and never taken for the weights', async () => {
    const source = { ...config, 'training_args.bin': torchFileOf({}) };
    await expect(fromPretrained(source)).rejects.toThrow('give { weights: "training_args.bin" }, if they are in that file.');
    await expect(fromPretrained({ ...config, 'flax_model.msgpack': new Uint8Array(8) })).rejects.toThrow(
      'the checkpoint must have model.safetensors, or model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json.',
    );
  });

  describe('in several files', () => {
    const split = async (): Promise<NamedBytes> => {
      const entries = Object.entries(await weights());
      const parts = [0, 1].map((part) => entries.filter((_, at) => at % 2 === part));
      const map = parts.flatMap((part, at) => part.map(([name]) => [name, `pytorch_model-${at}.bin`]));
      return {
        ...config,
        ...Object.fromEntries(parts.map((part, at) => [`pytorch_model-${at}.bin`, torchFileOf(Object.fromEntries(part))])),
        'pytorch_model.bin.index.json': json({ metadata: {}, weight_map: Object.fromEntries(map) }),
      };
    };

    it('are one checkpoint', async () => {
      await expectSameAsSafetensors(await split(), ['pytorch_model-0.bin', 'pytorch_model-1.bin']);
    });

    it('of which one is missing, or lacks a tensor, are an error that names it', async () => {
      const { 'pytorch_model-1.bin': _, ...rest } = await split();
      await expect(fromPretrained(rest)).rejects.toThrow('the checkpoint must have pytorch_model-1.bin.');
      await expect(fromPretrained({ ...rest, 'pytorch_model-1.bin': torchFileOf({}) })).rejects.toThrow(
        'fromPretrained: pytorch_model.bin.index.json: the file "pytorch_model-1.bin" must hold the tensor',
      );
    });

    it.each(['../secret.bin', '/etc/passwd', 'a\\b.bin', 'c:x.bin', '.bin', 'x.safetensors', '', 5, null])(
      'are never %j, which is no name of a file of torch',
      async (name) => {
        const source = { ...config, 'pytorch_model.bin.index.json': json({ weight_map: { a: name } }) };
        await expect(fromPretrained(source)).rejects.toThrow('the index must give each tensor the name of a file.');
      },
    );

    it.each(['', '[]', '{}', '{"weight_map": 5}', '{"weight_map": {}}'])('have an index, which %j is not', async (text) => {
      const source = { ...config, 'pytorch_model.bin.index.json': new TextEncoder().encode(text) };
      await expect(fromPretrained(source)).rejects.toThrow('the index must give each tensor the name of a file.');
    });
  });

  it('that are damaged give one of our errors and no tensor, whatever byte is wrong', async () => {
    const bytes = torchFileOf(await weights());
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), async (at, byte, isCut) => {
        const damaged = isCut ? bytes.slice(0, at) : bytes.slice().fill(byte, at, at + 1);
        const before = memory().numTensors;
        try {
          (await fromPretrained({ ...config, 'pytorch_model.bin': damaged })).dispose();
        } catch (error) {
          expect((error as Error).name).toMatch(/^(File|Config|Shape)Error$/);
        }
        expect(memory().numTensors).toBe(before);
      }),
      { numRuns: 100, seed: 21 },
    );
  });
});
