import type { Spec } from '@longspan/core-tensor';
import { ConfigError, show } from '@longspan/core-tensor/error';
import { snakeCase } from '../config/read-config.ts';
import type { OpenedWeights } from './open-weights.ts';

// A config.json is a stranger's: a number in it must not cost more than the file of the weights that it comes with.

/** The keys by which families count their layers. */
const layerKeys = [
  'numHiddenLayers',
  'numLayers',
  'numDecoderLayers',
  'nLayer',
  'nLayers',
  'depth',
  'encoderLayers',
  'decoderLayers',
  'depths',
  'blockSizes',
  'blockRepeats',
  'vanillaLayers',
  'hierarchy',
];

/** Layers that a value says: a number, a list of numbers, or the levels of an Hourglass, `2@3 1@2`. */
const layersIn = (value: unknown): number =>
  typeof value === 'string'
    ? [...value.matchAll(/(\d+)@/g)].reduce((sum, [, layers]) => sum + Number(layers), 0)
    : [value].flat().reduce<number>((sum, each) => sum + (typeof each === 'number' ? each : 0), 0);

/** Throws for more layers than there are tensors: each has weights of its own. */
export function requireLayersThere(caller: string, config: object, { tensors }: OpenedWeights): void {
  for (const key of layerKeys) {
    const value: unknown = Reflect.get(config, key);
    if (layersIn(value) <= Math.max(1, tensors.size)) continue;
    throw new ConfigError({
      caller,
      problem: `${key} must be a number of layers that the checkpoint has.`,
      expected: `at most ${tensors.size}, the tensors of the checkpoint`,
      got: `${snakeCase(key)}: ${show(value)}`,
      remedy: 'check that config.json belongs to the weights.',
    });
  }
}

/** What a head may take, however small the checkpoint: that of a vocabulary of 65,536 over 256 features. */
const smallBytes = 2 ** 26;

/** Throws where what is drawn would be larger than the checkpoint. */
export function requireSmallHead(caller: string, spec: Spec, drawn: readonly string[], { files }: OpenedWeights): void {
  const bytes = drawn.reduce((sum, name) => sum + 4 * (spec[name]?.shape ?? []).reduce((product, size) => product * size, 1), 0);
  const most = Math.max(
    smallBytes,
    files.reduce((sum, each) => sum + each.bytes, 0),
  );
  if (bytes <= most) return;
  throw new ConfigError({
    caller,
    problem: 'a head that is drawn must not be larger than the checkpoint.',
    expected: `at most ${most} bytes`,
    got: `${bytes} bytes: ${drawn.slice(0, 3).join(', ')}`,
    remedy: 'check num_labels, id2label and vocab_size of config.json; a larger head is drawn by model.init(key).',
  });
}
