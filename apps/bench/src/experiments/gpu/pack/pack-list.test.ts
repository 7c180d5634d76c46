import { describe, expect, it } from 'vitest';
import { type PackSources, packList } from './pack-list.ts';

const sources: PackSources = {
  webgpu: '/modules/webgpu',
  node: '/modules/node',
  vulkan: '/lib/libvulkan.so.1.3',
  programs: { 'cli.js': 'cli', 'worker.js': 'worker' },
  css: '/report.css',
  license: '/LICENSE',
  runtime: { 'graphs/window.onnx': '/peers/graphs/window.onnx' },
  about: { commit: 'abc' },
};
const textOf = (name: string): string => {
  const file = packList(sources).find(({ to }) => to === `longspan-gpu/${name}`);
  return file !== undefined && 'text' in file ? file.text : '';
};

describe('the archive', () => {
  it('has the programs, Dawn for Linux alone, Node and the loader of Vulkan, in one folder', () => {
    expect(
      packList(sources)
        .map(({ to }) => to)
        .sort(),
    ).toEqual(
      [
        'LICENSE',
        'run.sh',
        'node/bin/node',
        'node/LICENSE',
        'bench/node_modules/webgpu/package.json',
        'bench/node_modules/webgpu/index.js',
        'bench/node_modules/webgpu/LICENSE.md',
        'bench/node_modules/webgpu/dist/linux-x64/dawn.node',
        'bench/cli.js',
        'bench/worker.js',
        'bench/graphs/window.onnx',
        'bench/package.json',
        'bench/report.css',
        'bench/about.json',
        'lib/nvidia_icd.json',
        'lib/libvulkan.so.1',
      ]
        .map((name) => `longspan-gpu/${name}`)
        .sort(),
    );
  });

  it('goes without a loader where this machine has none', () => {
    const names = packList({ ...sources, vulkan: undefined }).map(({ to }) => to);
    expect(names).not.toContain('longspan-gpu/lib/libvulkan.so.1');
  });

  it('marks what is to be run as programs', () => {
    const programs = packList(sources).filter(({ isProgram }) => isProgram === true);
    expect(programs.map(({ to }) => to)).toEqual(['longspan-gpu/run.sh', 'longspan-gpu/node/bin/node']);
  });

  it('has a script that names only files of the archive', () => {
    const names = packList(sources).map(({ to }) => to);
    const named = [...textOf('run.sh').matchAll(/\$here\/([\w./]+)/g)].map(([, name]) => `longspan-gpu/${name}`);
    expect(named.length).toBeGreaterThan(3);
    for (const name of named.filter((one) => !one.endsWith('/lib') && !one.endsWith('/results'))) expect(names).toContain(name);
  });

  it('says what it was made of', () => expect(JSON.parse(textOf('bench/about.json'))).toEqual({ commit: 'abc' }));
});
