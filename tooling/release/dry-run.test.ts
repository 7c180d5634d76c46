import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Manifest, publishedPackages, root } from '../published/packages.ts';
import { output } from './program.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const manifestOf = (workspace: string, name: string): Manifest =>
  JSON.parse(readFileSync(join(workspace, 'packages', name.replace('@longspan/', ''), 'package.json'), 'utf8')) as Manifest;

/** Releases a copy of the workspace at version 0.1.0 with one changeset; gives each package's manifest from before and after. */
async function release(
  bumps: Readonly<Record<string, 'patch' | 'minor'>>,
): Promise<(name: string) => { before: Manifest; after: Manifest }> {
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'longspan release ')));
  folders.push(workspace);
  for (const file of ['package.json', 'pnpm-workspace.yaml', '.changeset/config.json', 'tooling/package.json'])
    cpSync(join(root, file), join(workspace, file));
  for (const { name, folder, manifest } of publishedPackages) {
    const copy = join(workspace, 'packages', name.replace('@longspan/', ''));
    mkdirSync(copy, { recursive: true });
    cpSync(join(folder, 'package.json'), join(copy, 'package.json'));
    writeFileSync(join(copy, 'package.json'), `${JSON.stringify({ ...manifest, version: '0.1.0' }, null, 2)}\n`);
  }
  symlinkSync(join(root, 'node_modules'), join(workspace, 'node_modules'), 'dir');
  const before = new Map(publishedPackages.map(({ name }) => [name, manifestOf(workspace, name)]));
  const lines = Object.entries(bumps).map(([name, bump]) => `'${name}': ${bump}`);
  writeFileSync(join(workspace, '.changeset/a-change.md'), `---\n${lines.join('\n')}\n---\n\nSomething that users notice.\n`);
  await output('git', ['init', '--quiet', '--initial-branch=main'], workspace);
  await output(join(root, 'node_modules/.bin/changeset'), ['version'], workspace);
  return (name) => ({ before: before.get(name) as Manifest, after: manifestOf(workspace, name) });
}

describe('a release', () => {
  it('bumps the package that a changeset names and what depends on it, and leaves alone what it depends on', async () => {
    const of = await release({ '@longspan/hierarchical': 'minor' });
    expect(of('@longspan/hierarchical').after.version).toBe('0.2.0');
    const others = publishedPackages.filter(({ name }) => name !== '@longspan/hierarchical').map(({ name }) => name);
    const dependents = others.filter((name) => Object.hasOwn(of(name).before.dependencies ?? {}, '@longspan/hierarchical'));
    expect(dependents).toEqual(['@longspan/models']);
    for (const name of dependents) expect(of(name).after).toEqual({ ...of(name).before, version: '0.1.1' });
    for (const name of others.filter((each) => !dependents.includes(each))) expect(of(name).after).toEqual(of(name).before);
    expect(others).toEqual(expect.arrayContaining(Object.keys(of('@longspan/hierarchical').before.dependencies ?? {})));
  });

  it('bumps what depends on a named package when its range no longer fits', async () => {
    const of = await release({ '@longspan/core-tensor': 'minor' });
    expect(of('@longspan/core-tensor').after.version).toBe('0.2.0');
    expect(of('@longspan/attention-sparse').after.version).toBe('0.1.1');
  });
});
