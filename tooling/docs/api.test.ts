import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

  it('has a section for every type of the package that a declaration names', () => {
    const page = apiPage(of);
    const sources = sourcesOf(of.folder);
    const namesIn = (text: string, pattern: RegExp): readonly string[] => Array.from(text.matchAll(pattern), ([, name]) => name as string);
    const declared = sources.flatMap((text) => namesIn(text, /^(?:export )?(?:interface|type) (\w+)/gm));
    const imports = sources.flatMap((text) => namesIn(text, /^import (?:type )?\{([^}]*)\} from '@longspan/gm));
    const code = namesIn(page, /```ts\n((?:function|interface|type|const|class) [\s\S]*?)```/g)
      .join('\n')
      .replace(/\/\*\*[\s\S]*?\*\/|'[^'\n]*'/g, '');
    const named = namesIn(code, /(?:[:<|&,([=]|=>|extends|keyof|readonly)\s*([A-Z]\w*)\b/g);
    const parameters = namesIn(code, /(?:infer |[<,]\s*(?:const )?)([A-Z]\w*)\s*(?:extends|=|[?]|in\b)/g);
    const heads = namesIn(code, /(?:interface|type|function) \w+<([^>]*)>/g);
    const others = new Set([...parameters, ...[...heads, ...imports].flatMap((list) => list.match(/\w+/g) ?? [])]); // whose names some type here has too
    const missing = new Set(declared.filter((name) => named.includes(name) && !others.has(name) && !page.includes(`### \`${name}\`\n`)));
    expect([...missing]).toEqual([]);
  });
});

/** The text of all sources of a package but its tests. */
const sourcesOf = (folder: string): readonly string[] =>
  readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(folder, 'src', file), 'utf8'));

const fence = '```';

/** The page of a package of one entry with this code; `instructions.ts` lies beside it. */
function pageOf(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'longspan-api-'));
  writeFileSync(join(folder, 'index.ts'), code);
  const beside =
    "export const instructionSets = ['relaxed-simd', 'simd128'] as const;\nexport interface Hidden { readonly size: number }\n";
  writeFileSync(join(folder, 'instructions.ts'), beside);
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

  it('that is exported is followed by the types that it is made of and that are not', () => {
    const page = pageOf(
      [
        "import type { Hidden as Seen } from './instructions.ts';",
        'interface Own<T> { readonly deep: Deep; readonly value: T }',
        '/** Far down. */',
        'interface Deep { readonly names: readonly string[] }',
        'type Unused = number;',
        'export type Shown = Own<number> & { readonly other: Seen };',
        'export const make = (own: Own<Unused>): Shown => { const x: Inner = 1; return own; };',
        '',
      ].join('\n'),
    );
    const after = page.slice(page.indexOf('## Types that these are made of'));
    expect(Array.from(after.matchAll(/^### `(\w+)`$/gm), ([, name]) => name)).toEqual(['Deep', 'Own', 'Seen', 'Unused']);
    expect(after).toContain(`Far down.\n\n${fence}ts\ninterface Deep { readonly names: readonly string[] }\n${fence}\n`);
    expect(page.indexOf('## Types')).toBeGreaterThan(page.indexOf('### `Shown`'));
  });

  it('refuses a type that hides its values', () => {
    expect(() => pageOf('export type f = (typeof absent)[number];')).toThrow(
      'absent must be a constant list, so that its type can be written out',
    );
  });
});
