import { stopGradient } from '@longspan/core-tensor';
import { isWhole, withBackend } from '@longspan/tooling/expect';
import { mul, sub, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { isFailed } from './check.ts';
import { compare } from './check-work.ts';
import { mechanismsOf } from './mechanisms/all.ts';
import { checkText, type Mechanism } from './mechanisms/mechanism.ts';

const named = (name: string): Mechanism => {
  const found = Object.values(mechanismsOf)
    .flat()
    .find((mechanism) => mechanism.name === name);
  if (found === undefined) throw new Error(`no mechanism is named ${name}`);
  return found;
};

const outcome = async (mechanism: Mechanism, byte: number) => {
  const text = checkText(new Uint8Array(1000).fill(byte), 0);
  return isFailed({ package: '', mechanism: mechanism.name, against: '', ...(await compare(mechanism, text, 0)) }) ? 'failed' : 'equal';
};

describe('a check on a text of one letter, where gradients would cancel', () => {
  beforeAll(() => withBackend('wasm'));
  const names = ['slidingWindow({ left: 70, right: 0 }).and(causal())', 'keyPadding({ lengths: [221, 150] })', 'score: keyLengths'];

  const all = Object.values(mechanismsOf)
    .flat()
    .map(({ name }) => name);
  it.each(isWhole ? all : names)('finds equal what is equal: %s', async (name) => {
    for (const byte of [0, 10, 97]) expect(await outcome(named(name), byte)).toBe('equal');
  });

  it.each(names)('finds a gradient that is a thousandth off: %s', async (name) => {
    const mechanism = named(name);
    const off: Mechanism = {
      ...mechanism,
      async prepare(text) {
        const sides = await mechanism.prepare(text);
        // The same values, but for their slope in the first input.
        return {
          ...sides,
          ours: (first: Tensor, ...rest: Tensor[]) => sides.ours(sub(mul(first, 1.001), mul(stopGradient(first), 0.001)), ...rest),
        };
      },
    };
    expect(await outcome(off, 97)).toBe('failed');
  });
});
