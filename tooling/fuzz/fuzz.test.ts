import { withBackend } from '@longspan/tooling/expect';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { mutatedCheckpoints } from './checkpoints.ts';
import { family } from './family.ts';
import { fuzz } from './fuzz.ts';
import { main } from './main.ts';
import { maskTrees } from './masks.ts';
import { mistakenCalls } from './options.ts';
import { damagedFiles } from './safetensors.ts';
import { mutatedSentenceEncoders } from './sentence-encoders.ts';
import { oddDocuments } from './text/documents.ts';
import { nativeTokenizers } from './text/native-tokenizers.ts';
import { mutatedTokenizers } from './text/tokenizers.ts';

beforeAll(() => withBackend('cpu'));

const once = (families: Parameters<typeof fuzz>[0]['families'], inputs: number) =>
  fuzz({ families, seed: 7, inputs, isGoingOn: () => false });

it('two hundred damaged files and as many trees of masks give a result or one of our errors', async () => {
  expect(await once([damagedFiles, maskTrees], 200)).toEqual({ tried: 400, findings: [] });
});

it('three hundred configs and indexes of checkpoints of all families give a model or one of our errors', async () => {
  expect(await once([mutatedCheckpoints], 300)).toEqual({ tried: 300, findings: [] });
});

it('two hundred modules of sentence-transformers and manifests of graph models give a model or one of our errors', async () => {
  expect(await once([mutatedSentenceEncoders], 200)).toEqual({ tried: 200, findings: [] });
});

it('a hundred and fifty files of tokenizers give tokens in order or one of our errors, and as many that are right what the native build gives', async () => {
  expect(await once([mutatedTokenizers, nativeTokenizers], 150)).toEqual({ tried: 300, findings: [] });
});

it('thirty odd documents give their own words or one of our errors', async () => {
  expect(await once([oddDocuments], 30)).toEqual({ tried: 30, findings: [] });
});

it('a model that takes more than its files hold is a finding', async () => {
  const source = family('large', fc.constant(0), () => new Float32Array(2 ** 20), { bytes: 1000 });
  const { findings } = await once([source], 1);
  expect(findings[0]?.problem).toContain('an input must take at most 1000 bytes, and took ');
});

it('a hundred calls with mistakes give a result or one of our errors', async () => {
  expect(await once([await mistakenCalls()], 100)).toEqual({ tried: 100, findings: [] });
});

describe('a finding', () => {
  it('is any other error, with its seed and the smallest input', async () => {
    const broken = family('numbers', fc.nat(1000), (value) => {
      if (value > 10) throw new TypeError('too large');
    });
    const { findings } = await once([broken], 100);
    expect(findings).toEqual([{ family: 'numbers', seed: 7, input: '11', problem: 'TypeError: too large' }]);
  });
});

it('the command says what is wrong with its arguments', async () => {
  const lines: string[] = [];
  const output = { print: (line: string) => void lines.push(line), complain: (line: string) => void lines.push(line) };
  expect(await main(['--minutes', '0'], new AbortController().signal, output)).toBe(2);
  expect(lines.join('\n')).toContain('fuzz: --minutes must be a number above 0, got 0');
  expect(await main(['--inputs', '1.5'], new AbortController().signal, output)).toBe(2);
  expect(lines.join('\n')).toContain('fuzz: --inputs must be an integer above 0, got 1.5');
  expect(await main(['--only', 'poems'], new AbortController().signal, output)).toBe(2);
  expect(lines.join('\n')).toContain('fuzz: --only must name a kind of input, got poems');
  expect(await main(['--help'], new AbortController().signal, output)).toBe(0);
});
