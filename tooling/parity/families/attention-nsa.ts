import { nsaAttention, nsaImportance } from '@longspan/attention-sparse';
import type { Family } from '../replay.ts';
import { scaleOf } from './attention.ts';
import { oneWay } from './way.ts';

/** Native Sparse Attention as its paper defines it. */
export const attentionNsa: Family = (fixture) => {
  const { config } = fixture;
  if (config.text('variant') !== 'paper') throw new Error(`config.variant must be paper, got ${config.text('variant')}`);
  const sizes = {
    compressionLength: config.number('l'),
    compressionStride: config.number('stride'),
    selectionLength: config.number('selection'),
    selectedBlocks: config.number('selected'),
    initialBlocks: config.number('initial'),
    localBlocks: config.number('local'),
    window: { left: config.number('window') - 1 },
    ...scaleOf(fixture),
  };
  const learned = config.text('compression') === 'mlp';
  return {
    ways: oneWay((inputs) => {
      const branch = (name: string) => ({ k: inputs.get(`in.k${name}`), v: inputs.get(`in.v${name}`) });
      const network = (name: string) =>
        Object.fromEntries(['position', 'w1', 'b1', 'w2', 'b2'].map((part) => [part, inputs.get(`param.${name}.${part}`)]));
      const options = learned ? { ...sizes, networks: { keys: network('kCompress'), values: network('vCompress') } } : sizes;
      const q = inputs.get('in.q');
      const given = { compression: branch('Cmp'), selection: branch('Slc'), sliding: branch('Win'), gates: inputs.get('in.gates') };
      const { out, branches, selected } = nsaAttention(q, given, options);
      return {
        o: out,
        compressed: branches.compression,
        selectedBranch: branches.selection,
        sliding: branches.sliding,
        selected,
        importance: nsaImportance(q, given.compression.k, options),
      };
    }),
  };
};
