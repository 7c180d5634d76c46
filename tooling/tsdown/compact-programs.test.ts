import { parseAst } from 'vite';
import { expect, it } from 'vitest';
import { compacted } from './compact-programs.ts';

const shortened = (code: string): string => compacted(code, parseAst(code));

const hole = (expression: string): string => `\${${expression}}`;

it('templates of several lines become one, without comments, and what follows stays on its line', () => {
  const named = `name ? \`let ${hole('name')} = 2u; // a name\` : 'no // name'`;
  const code = ['const text = (name) => `fn main() {', '    let x = 1u; // the first', '', `    ${hole(named)}`, '  }`;', 'text();'];
  expect(shortened(code.join('\n')).split('\n')).toEqual([
    `const text = (name) => \`fn main() { let x = 1u; \${`,
    '',
    '',
    `${named}} }\``,
    ';',
    'text();',
  ]);
});

it('all else stays as it is', () => {
  const code = `const url = \`https://${hole('host')}  /\`; // a comment\n  const text = '  // text';\n`;
  expect(shortened(code)).toBe(code);
});
