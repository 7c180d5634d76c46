import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedPackages, root } from '../published/packages.ts';
import { program } from './program.ts';

interface Limit {
  readonly name: string;
  readonly path: string;
}

interface Measured {
  readonly name: string;
  readonly passed: boolean;
  readonly size: number;
  readonly sizeLimit: number;
}

const limits = JSON.parse(readFileSync(join(root, '.size-limit.json'), 'utf8')) as readonly Limit[];

describe('the size of a public entry, compressed and without tfjs', () => {
  it('is limited for every entry there is', () => {
    const entries = publishedPackages.flatMap(({ name, entries }) => Object.keys(entries).map((entry) => join(name, entry)));
    // Of some a part is limited besides: 'name, in the page'.
    expect([...new Set(limits.map(({ name }) => name.split(', ')[0]))].sort()).toEqual(entries.sort());
  });

  it('is within its limit', async () => {
    const { stdout } = await program(join(root, 'node_modules/.bin/size-limit'), ['--json'], root);
    const measured = JSON.parse(stdout) as readonly Measured[] | { readonly error: string };
    if ('error' in measured) throw new Error(measured.error);
    console.log(measured.map(({ name, size, sizeLimit }) => `${name}: ${size} of ${sizeLimit} bytes`).join('\n'));
    expect(measured).toHaveLength(limits.length);
    expect(measured.filter(({ passed }) => !passed)).toEqual([]);
  });
});
