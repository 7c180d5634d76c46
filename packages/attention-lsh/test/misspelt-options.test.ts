import { ConfigError, createKey } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { ones, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import * as all from '../src/index.ts';

/** What plain JavaScript may hand over. */
type Options = never;
type Call = (options: Options) => unknown;

const x = () => ones([1, 1, 4, 2]);

/** Every function that takes a record of options, a misspelling of one of them, and the name that was meant. */
const calls: Readonly<Record<string, readonly [misspelt: string, meant: string, call: Call]>> = {
  bucketCountFor: ['chunklength', 'chunkLength', all.bucketCountFor],
  drawRotations: ['round', 'rounds', (options) => all.drawRotations(createKey(0), options)],
  hashBuckets: ['bucketCounts', 'bucketCount', (options) => all.hashBuckets(x(), zeros([1, 2, 1, 1]), options)],
  lshAttention: ['chunksbefore', 'chunksBefore', (options) => all.lshAttention(x(), x(), options)],
  reformerAttention: ['chunkLenght', 'chunkLength', all.reformerAttention],
  reformerLocalAttention: ['headdim', 'headDim', all.reformerLocalAttention],
};
const withoutOptions = ['bucketOrder'];

beforeAll(() => withBackend('cpu'));

const errorOf = (call: () => unknown): unknown => {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('an option that does not exist', () => {
  it('is tried of every exported function', () => {
    expect([...Object.keys(calls), ...withoutOptions].sort()).toEqual(Object.keys(all).sort());
  });

  it.each(Object.entries(calls))('%s names the nearest', (name, [misspelt, meant, call]) => {
    const error = errorOf(() => call({ [misspelt]: 1 } as Options));
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(`${name}: every option must be one of those that ${name} knows.`);
    expect(String(error)).toContain(`did you mean ${meant}?`);
  });

  it('within the attentionDropout of lshAttention names the nearest', () => {
    const call = (dropout: object) => () => all.lshAttention(x(), x(), { chunkLength: 4, attentionDropout: dropout as never });
    expect(call({ rates: 0.1 })).toThrow('did you mean rate?');
    expect(call({ rate: 0.1 })).toThrow('lshAttention: attentionDropout.key must be given.');
  });
});

describe('options that are required', () => {
  it.each(Object.entries(calls))('%s of null', (_, [, , call]) => {
    expect(errorOf(() => call(null as Options))).toBeInstanceOf(ConfigError);
  });

  it.each(Object.entries(calls).filter(([name]) => name !== 'hashBuckets'))('%s of none, and of an empty record', (_, [, , call]) => {
    expect(errorOf(() => call(undefined as Options))).toBeInstanceOf(ConfigError);
    expect(errorOf(() => call({} as Options))).toBeInstanceOf(ConfigError);
  });
});

describe.each([
  ['reformerAttention', all.reformerAttention],
  ['reformerLocalAttention', all.reformerLocalAttention],
] as const)('%s', (name, make) => {
  it.each([1, 'yes', {}, null])('takes a cache that is true or false alone, not %o', (cache) => {
    const config = { width: 4, heads: 2, chunkLength: 4, causal: true, cache };
    expect(errorOf(() => make(config as never))).toMatchObject({ message: expect.stringMatching(new RegExp(`^${name}: cache must be `)) });
  });
});
