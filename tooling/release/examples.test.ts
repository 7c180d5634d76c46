import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { root } from '../published/packages.ts';
import { type EmptyProject, emptyProject } from './empty-project.ts';
import { withDependencies } from './with-dependencies.ts';

const folder = join(root, 'examples');
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
  dependencies: Readonly<Record<string, string>>;
};

const text = `# Loomings

Call me Ishmael. I thought I would sail about a little and see the watery part of the world.

# The Carpet-Bag

I stuffed a shirt or two into my old carpet-bag, and started for Cape Horn and the Pacific.
`;
const temporary = mkdtempSync(join(tmpdir(), 'longspan-example-'));
const document = join(temporary, 'text.txt');
writeFileSync(document, text);
afterAll(() => rmSync(temporary, { recursive: true }));

/** What each example prints; of what has not learnt, only that it comes out the same everywhere. */
const examples: readonly { readonly file: string; readonly given?: readonly string[]; readonly prints: string }[] = [
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
    given: [join(root, 'tooling/golden/encoders/longformer-global-cls.safetensors')],
    prints: "2 x 40 x 16, and PyTorch's numbers to 1e-5: true\n",
  },
  {
    file: 'search-a-document.js',
    given: [document, 'Who sails about?', join(root, 'tooling/golden/checkpoints/tiny-bert-sentence')],
    prints:
      '4 windows read\n' +
      '# Loomings, characters 12 to 104: I thought I would sail about a little and see the watery part of the world.\n' +
      '# The Carpet-Bag, characters 124 to 215: I stuffed a shirt or two into my old carpet-bag, and started for Cape Horn and the Pacific.\n',
  },
  {
    file: 'question-a-document.js',
    given: [document, 'What did I stuff?', join(root, 'tooling/golden/checkpoints/tiny-roberta-qa')],
    prints:
      '1 windows read; no answer has a probability of 0.00\n' +
      '0.06 # Loomings, characters 47 to 48: s\n' +
      '0.00 # The Carpet-Bag, characters 136 to 155: shirt or two into m\n' +
      '0.00 # Loomings, characters 64 to 73: le and se\n',
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
    expect(code.indexOf('await register()')).toBeLessThan(code.search(/\btf\.|\bls\.|await fromPretrained/));
    const { code: exit, stdout, stderr } = await (project as EmptyProject).run(file, ...(given ?? []));
    expect([exit, stderr]).toEqual([0, '']);
    expect(stdout).toBe(prints);
  });
});
