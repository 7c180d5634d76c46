import { join, posix } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { isTried } from '../expect/effort.ts';
import { type Manifest, publishedPackages, root } from '../published/packages.ts';
import { relativeLinks } from '../published/relative-links.ts';
import { output, program } from './program.ts';

const bin = (name: string): string => join(root, 'node_modules/.bin', name);

describe.each(publishedPackages)('the packed $name', ({ name, manifest: source }) => {
  const tarball = inject('tarballs')[name] as string;
  const files = async (): Promise<readonly string[]> => (await output('tar', ['-tzf', tarball], root)).trim().split('\n');
  const manifest = async (): Promise<Manifest> =>
    JSON.parse(await output('tar', ['-xzOf', tarball, 'package/package.json'], root)) as Manifest;

  it('holds the build, the sources, the licence and the README, and no test', async () => {
    const list = await files();
    expect(list).toEqual(
      expect.arrayContaining(['package/LICENSE', 'package/README.md', 'package/dist/index.js', 'package/dist/index.d.ts']),
    );
    expect(list).toContain('package/src/index.ts');
    expect(list.filter((file) => /[.]test[.]|\/test\/|[.]config[.]ts$|golden/.test(file))).toEqual([]);
  });

  it('links in its README to nothing but what it holds', async () => {
    const links = relativeLinks(await output('tar', ['-xzOf', tarball, 'package/README.md'], root));
    const list = await files();
    expect(links.filter((link) => !list.includes(posix.join('package', link)))).toEqual([]);
  });

  it('has a file after every target of its exports, and no wildcard', async () => {
    const { exports } = await manifest();
    const targets = Object.values(exports).flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)));
    expect(await files()).toEqual(expect.arrayContaining(targets.map((target) => target.replace('./', 'package/'))));
    expect(JSON.stringify(exports)).not.toContain('*');
    expect(Object.keys(exports)).toEqual(Object.keys(source.exports));
  });

  it('names real versions, tfjs-core as a peer, and is ready for provenance', async () => {
    const packed = await manifest();
    expect(JSON.stringify(packed)).not.toMatch(/workspace:|catalog:/);
    expect(packed.peerDependencies).toMatchObject({ '@tensorflow/tfjs-core': '^4.22.0' });
    expect(packed).toMatchObject({
      type: 'module',
      sideEffects: false,
      license: 'Apache-2.0',
      publishConfig: { access: 'public', provenance: true },
    });
  });

  it('passes publint --strict', async () => {
    const { code, stdout, stderr } = await program(bin('publint'), ['run', tarball, '--strict'], root);
    expect(stdout + stderr).toContain('All good!');
    expect(code).toBe(0);
  });

  it.runIf(isTried(name))('gives every entry its types (attw, ES modules only)', async () => {
    const { code, stdout } = await program(
      bin('attw'),
      [tarball, '--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii', '--no-emoji', '--no-color'],
      root,
    );
    expect({ code, stdout: code === 0 ? '' : stdout }).toEqual({ code: 0, stdout: '' });
    expect(stdout).toContain(`"${name}"`);
  });
});
