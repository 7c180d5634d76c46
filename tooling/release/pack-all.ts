import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { packTarballs } from './pack-tarballs.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The packed file of each published package, by its name. */
    readonly tarballs: Readonly<Record<string, string>>;
  }
}

/** Builds every package and packs it, once for all tests; the packed files go away at the end. */
export async function setup(project: TestProject): Promise<() => void> {
  const { folder, tarballs } = await packTarballs();
  project.provide('tarballs', tarballs);
  return () => rmSync(folder, { recursive: true });
}
