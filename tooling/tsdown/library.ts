import { defineConfig, type UserConfig } from 'tsdown';

/** The build of one published package: ES modules and declarations, one file per public entry, dependencies left outside. */
export const library = (entry: Readonly<Record<string, string>>): UserConfig =>
  defineConfig({
    entry: { ...entry },
    format: 'esm',
    platform: 'neutral',
    deps: { neverBundle: [/^#/, /^node:/] }, // files that a condition of `imports` chooses stay files of their own
    target: 'es2022',
    outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
    dts: { sourcemap: false },
    sourcemap: true,
    clean: true,
    treeshake: true,
  });
