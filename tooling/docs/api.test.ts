import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type PublishedPackage, publishedPackages } from '../published/packages.ts';
import { apiPage } from './api.ts';
import { apiFile } from './api-file.ts';

describe.each(publishedPackages)('the reference page of $name', (of) => {
  it('is what pnpm docs:api writes', () => {
    const page = existsSync(apiFile(of)) ? readFileSync(apiFile(of), 'utf8') : '';
    expect(page === apiPage(of), 'run pnpm docs:api').toBe(true);
  });

  it('names every value that an entry exports', async () => {
    const page = apiPage(of);
    for (const file of Object.values(of.entries)) {
      const exported = Object.keys((await import(/* @vite-ignore */ join(of.folder, file))) as object);
      expect(exported.filter((name) => !page.includes(`### \`${name}\`\n`))).toEqual([]);
    }
  });
});

const fence = '```';

/** The page of a package of one entry with this code; `instructions.ts` lies beside it. */
function pageOf(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'longspan-api-'));
  writeFileSync(join(folder, 'index.ts'), code);
  writeFileSync(join(folder, 'instructions.ts'), "export const instructionSets = ['relaxed-simd', 'simd128'] as const;\n");
  try {
    return apiPage({ name: 'some', folder, entries: { '.': 'index.ts' }, manifest: {} as PublishedPackage['manifest'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the section of a name', () => {
  it('has every paragraph, parameter, tag and example of its comment', () => {
    const comment = [
      '/**',
      ' * Halves a',
      ' * number.',
      ' *',
      ' * Twice gives a quarter.',
      ' * @param x any',
      ' *   number',
      ' * @param options.times how often',
      ' * @shape x [n]',
      ' * @returns the half',
      ' * @throws never',
      ' * @cost O(1)',
      ' * @source Euclid',
      ' * @example',
      ' * half(4); // => 2',
      ' * half(1); // => 0.5',
      ' */',
    ];
    const page = pageOf([...comment, 'export const half = (x: number, options: object = {}): number => x / 2;', ''].join('\n'));
    expect(page.slice(page.indexOf('###'))).toBe(
      [
        '### `half`',
        '',
        'Halves a number.',
        '',
        'Twice gives a quarter.',
        '',
        `${fence}ts`,
        'function half(x: number, options: object = {}): number',
        fence,
        '',
        '- **Parameter** `x`: any number',
        '- **Parameter** `options.times`: how often',
        '- **Shape** x [n]',
        '- **Returns** the half',
        '- **Throws** never',
        '- **Cost** O(1)',
        '- **Source** Euclid',
        '',
        'Example:',
        '',
        `${fence}ts`,
        'half(4); // => 2',
        'half(1); // => 0.5',
        fence,
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['export async function f<T>(x: T): Promise<T> { return x; }', 'function f<T>(x: T): Promise<T>'],
    ['export const f = async <T,>(x: T): Promise<T> => x;', 'function f<T,>(x: T): Promise<T>'],
    ['export const f = (x: number): { y: number } => ({ y: x });', 'function f(x: number): { y: number }'],
    ['export const f: number = 3;', 'const f: number'],
    [
      "import { instructionSets } from './instructions.ts';\nexport type f = (typeof instructionSets)[number];",
      "type f = 'relaxed-simd' | 'simd128';",
    ],
    [
      'export class f extends Error {\n  readonly #a = 1;\n  private b = 2;\n  /** How many. */\n  readonly c: number = 3;\n  d(e: string): string { return e; }\n}',
      'class f extends Error {\n  /** How many. */\n  readonly c: number;\n  d(e: string): string;\n}',
    ],
  ])('shows the declaration of %j', (code, shown) => {
    expect(pageOf(code)).toContain(`${fence}ts\n${shown}\n${fence}\n`);
  });

  it('refuses a type that hides its values', () => {
    expect(() => pageOf('export type f = (typeof absent)[number];')).toThrow(
      'absent must be a constant list, so that its type can be written out',
    );
  });
});
