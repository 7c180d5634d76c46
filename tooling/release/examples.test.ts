import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { root } from '../published/packages.ts';
import { type EmptyProject, emptyProject } from './empty-project.ts';
import { withDependencies } from './with-dependencies.ts';

const folder = join(root, 'examples');
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
  dependencies: Readonly<Record<string, string>>;
};

/** What each example prints. */
const examples: readonly { readonly file: string; readonly given?: string; readonly prints: string }[] = [
  { file: 'classify-documents.js', prints: 'at least nine of ten held-out documents named rightly: true\n' },
  { file: 'tf-layers.js', prints: 'the loss fell to less than half: true\nthe loaded model gives the same numbers: true\n' },
  {
    file: 'your-own-mask.js',
    prints:
      '1.6 % of the blocks of 4,096 tokens are visited\n' +
      '▓·······\n█▓······\n·█▓·····\n··█▓····\n···█▓···\n····█▓··\n·····█▓·\n······█▓\n' +
      '█·······\n██······\n███·····\n████····\n·████···\n··████··\n···████·\n····████\n' +
      'the loss fell from 4.2 nats to less than half: true\n',
  },
  {
    file: 'lsh-reversible.js',
    prints:
      `choices: ${[0, 1, 2, 3].map((at) => `layers.${at}.attention.lsh.buckets`).join(', ')}\n` +
      'largest difference with the same buckets: 0\ngradient of x: 1 x 256 x 16\ninputs are rebuilt to 1e-5: true\n',
  },
  {
    file: 'hugging-face-longformer.js',
    given: join(root, 'tooling/golden/encoders/longformer-global-cls.safetensors'),
    prints: "2 x 40 x 16, and PyTorch's numbers to 1e-5: true\n",
  },
];

describe('in a project with the packages that the examples name', () => {
  let project: EmptyProject | undefined;
  beforeAll(async () => {
    const names = Object.keys(dependencies);
    const tfjs = names.filter((name) => name.startsWith('@tensorflow/')).map((name) => `${name}@4.22.0`);
    const packages = [...withDependencies(names).map((name) => inject('tarballs')[name] as string), ...tfjs];
    project = await emptyProject(packages, [], folder);
  });
  afterAll(() => project?.remove());

  it.each(examples)('$file begins with register() and prints what it should', async ({ file, given, prints }) => {
    const code = readFileSync(join(folder, file), 'utf8');
    expect(code.indexOf('await register()')).toBeLessThan(code.search(/\btf\.|\bls\./));
    const { code: exit, stdout, stderr } = await (project as EmptyProject).run(file, ...(given === undefined ? [] : [given]));
    expect([exit, stderr]).toEqual([0, '']);
    expect(stdout).toBe(prints);
  });
});
