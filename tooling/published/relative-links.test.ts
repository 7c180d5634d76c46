import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedPackages } from './packages.ts';
import { relativeLinks } from './relative-links.ts';

describe('relativeLinks', () => {
  it.each([
    ['[a](../../docs/a.md#part) and [b](<./src/b.ts> "title")', ['../../docs/a.md', './src/b.ts']],
    ['![plot](plot.svg)', ['plot.svg']],
    ['[a][1]\n\n[1]: ../a.md\n', ['../a.md']],
    ['<img src="../logo.png"> <a href="https://example.org/a">', ['../logo.png']],
    ['[web](https://example.org), [mail](mailto:a@b.org), [here](#part), [no protocol](//example.org)', []],
  ])('of %j', (markdown, links) => {
    expect(relativeLinks(markdown)).toEqual(links);
  });
});

// npm shows a README without the repository around it.
it.each(publishedPackages)('the README of $name has no link that leaves the package', ({ folder }) => {
  const links = relativeLinks(readFileSync(join(folder, 'README.md'), 'utf8'));
  expect(links.filter((link) => /^(\.\.|\/)/.test(link))).toEqual([]);
});
