import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleArguments } from './example-arguments.mjs';
import { root } from './workspace.mjs';

describe('an example of the clone', () => {
  it('runs on the sources, and gets the further words', () => {
    const given = join(root, 'tooling/golden/encoders/longformer-global-cls.safetensors');
    const printed = execFileSync(process.execPath, [...exampleArguments('hugging-face-longformer')(), given], { encoding: 'utf8' });
    expect(printed).toBe("2 x 40 x 16, and PyTorch's numbers to 1e-5: true\n");
  });

  it.each([
    ['yuor-own-mask', 'yuor-own-mask'],
    [undefined, 'no name'],
  ])('of a name that is not there lists the names: %s', (name, got) => {
    expect(() => exampleArguments(name)).toThrow(
      'Longspan: an example must be named by its file in `examples`, without `.js`.\n' +
        '  expected  classify-documents, hugging-face-longformer, lsh-reversible, question-a-document, search-a-document, tf-layers, your-own-mask\n' +
        `  got       ${got}\n` +
        '  remedy    npm run example -- your-own-mask. The page in examples/page is served by Vite, in a project with the packages.',
    );
  });
});
