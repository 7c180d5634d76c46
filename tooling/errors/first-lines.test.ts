import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishedPackages, root } from '../published/packages.ts';
import { firstLines } from './first-lines.ts';

/** A rule says what must hold, or what the caller should pass. */
const rule = /\b(must|needs?|(is|are) required)\b|^pass /;
const denial =
  /\b(is|are|was|does|do|can|could|has|have|holds?) (not|no|none|nothing)\b|\bcannot\b|n't\b|\b(impossible|unknown|too (large|short|long))\b/;

const stated = (text: string): boolean => rule.test(text) && !denial.test(text);

describe.each(publishedPackages)('$name', ({ folder }) => {
  it('the first line of every error states the rule in the affirmative', () => {
    const files = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!\.test)\.ts$/.test(file));
    const lines = files.flatMap((file) => {
      const path = join(folder, 'src', file);
      return firstLines(path, readFileSync(path, 'utf8')).map(({ line, text }) => ({ text, where: `${relative(root, path)}:${line}` }));
    });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter(({ text }) => !stated(text)).map(({ where, text }) => `${where} ${text}`)).toEqual([]);
  });
});

it('finds first lines in each form that sources write them', () => {
  const code = `
const later = 'cap is not above 0.';
const wrong = (name: string, problem: string) => new ConfigError({ caller, problem, expected: 'one', got: name, remedy: 'leave it out.' });
function refused(problem: string): Error { return new Error(problem); }
throw new ConfigError({ problem: 'width must be even.' });
throw config({ problem: \`\${name} is impossible.\` });
throw config({ problem: count === 0 ? 'there are no models.' : later });
throw wrong('a', \`\${name} cannot be read.\`);
throw refused('the file holds nothing.');
throw new RangeError('median of no values');
`;
  const found = firstLines('planted.ts', code);
  expect(found).toEqual([
    { line: 5, text: 'width must be even.' },
    { line: 6, text: '$' + '{name} is impossible.' },
    { line: 7, text: 'there are no models.' },
    { line: 2, text: 'cap is not above 0.' },
    { line: 8, text: '$' + '{name} cannot be read.' },
    { line: 9, text: 'the file holds nothing.' },
    { line: 10, text: 'median of no values' },
  ]);
  expect(found.filter(({ text }) => stated(text)).map(({ text }) => text)).toEqual(['width must be even.']);
});
