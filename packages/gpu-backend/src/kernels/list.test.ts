import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { kernels } from './index.ts';

it('docs/kernels.md names each of them, and nothing else', () => {
  const text = readFileSync(new URL('../../../../docs/kernels.md', import.meta.url), 'utf8');
  const [, named = ''] = /`register\(\)` of `@longspan\/gpu-backend` puts ([^;]+) in place;/.exec(text) ?? [];
  expect([...named.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(kernels.map(({ name }) => name));
});
