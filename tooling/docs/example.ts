import { parseSync, transformWithOxc } from 'vite';
import { difference } from './difference.ts';

type Names = Readonly<Record<string, unknown>>;

// The one way to make an async function of text.
const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => (...values: unknown[]) => Promise<void>;

/**
 * Runs the code of an `@example`, with the given names in scope, and holds each `expression; // => value` against its value.
 * An example without such a line, and such a line after anything but an expression, is an error: it would check nothing.
 */
export async function runExample(code: string, names: Names): Promise<void> {
  const checked = await withChecks(code);
  const { code: script } = await transformWithOxc(checked, 'example.ts', { target: 'es2022' });
  const check = async (line: number, actual: () => Promise<unknown>, expected: () => Promise<unknown>): Promise<void> => {
    const found = await difference(await actual(), await expected());
    if (found !== undefined) throw new Error(`${code.split('\n')[line - 1]}\n  ${found}`);
  };
  const scope = Object.entries(names).filter(([name]) => name !== 'default');
  // In a block of its own, so that the example may declare a name that is also in scope.
  const run = new AsyncFunction('$check', ...scope.map(([name]) => name), `'use strict'; {\n${script}\n}`);
  await run(check, ...scope.map(([, value]) => value));
}

async function withChecks(code: string): Promise<string> {
  const { program, comments, errors } = parseSync('example.ts', code, { lang: 'ts', sourceType: 'module' });
  if (errors.length > 0) throw new Error(`the example must parse: ${errors[0]?.message}${errors[0]?.codeframe ?? ''}`);
  const promises = comments.filter(({ value }) => /^ ?=>/.test(value));
  if (promises.length === 0) throw new Error('the example must check something: end a line with `// => value`');
  let result = '';
  let at = 0;
  for (const { value, start } of promises) {
    const statement = program.body.find((one) => one.end <= start && /^[ \t;]*$/.test(code.slice(one.end, start)));
    if (statement?.type !== 'ExpressionStatement') throw new Error(`an expression must end before a check: //${value}`);
    const { expression } = statement;
    const line = code.slice(0, start).split('\n').length;
    const actual = code.slice(expression.start, expression.end);
    result += `${code.slice(at, statement.start)}await $check(${line}, async () => (${actual}), async () => (${value.replace(/^ ?=>/, '')}));`;
    at = start + value.length + 2;
  }
  return result + code.slice(at);
}
