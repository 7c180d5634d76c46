import { describe, expect, it } from 'vitest';
import { printsAsShown, readmeBlocks } from './readme-block.ts';

const fence = '```';
const readme = (mark: string, output: string): string =>
  `# A\n\n${fence}js\nrun();\n${fence}\n\n${fence}text${mark}\n${output}\n${fence}\n\n${fence}sh\nls\n${fence}\n`;
const block = (mark: string, output: string) => readmeBlocks(readme(mark, output))[0] as ReturnType<typeof readmeBlocks>[number];

describe('the blocks of a README', () => {
  it('are code that its output follows, and nothing else', () => {
    expect(readmeBlocks(readme('', '1 ms'))).toEqual([{ code: 'run();\n', output: '1 ms\n', tolerance: 0, line: 4 }]);
    expect(readmeBlocks(`${fence}js\na();\n${fence}\n\nSome words.\n\n${fence}text\n1\n${fence}\n`)).toEqual([]);
    const shownOnly = `${fence}js\nnotRun();\n${fence}\n\nSome words.\n\n`;
    expect(readmeBlocks(`${shownOnly}${readme('', '1 ms')}`).map(({ code }) => code)).toEqual(['run();\n']);
  });

  it.each([
    ['the same text', '', '12 ms, 3 MB', '12 ms, 3 MB\n', true],
    ['another number, unmarked', '', '12 ms', '13 ms', false],
    ['a number within the mark', ' numbers within 10 %', '12 ms', '13 ms', true],
    ['a number beyond the mark', ' numbers within 10 %', '12 ms', '14 ms', false],
    ['another word beside a marked number', ' numbers within 10 %', '12 ms', '12 MB', false],
    ['any number where they vary', ' numbers vary', '1,024 keys in 3.5 ms', '2,048 keys in 99 ms', true],
    ['one number fewer where they vary', ' numbers vary', '3 of 4', '3 of', false],
  ])('%s', (_, mark, shown, printed, same) => {
    expect(printsAsShown(block(mark, shown), printed)).toBe(same);
  });

  it('an unknown mark is an error', () => {
    expect(() => block(' roughly', '1')).toThrow('```text roughly: say `numbers within 20 %`, or `numbers vary`, or nothing');
  });
});
