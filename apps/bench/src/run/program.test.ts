import { expect, it } from 'vitest';
import { benchProgram } from './program.ts';

/** What a command line says where it is wrong; nothing is measured. */
async function refusal(given: readonly string[]): Promise<string> {
  const said: string[] = [];
  const program = benchProgram('/', new AbortController().signal, () => expect.unreachable());
  for (const command of [program, ...program.commands]) command.configureOutput({ writeErr: (text) => said.push(text) });
  await expect(program.parseAsync(given, { from: 'user' })).rejects.toThrow();
  return said.join('');
}

it.each([
  [['--only', 'swep'], 'It must be a list of checks, sweep, train, with commas between.'],
  [['--out', ''], "argument '' is invalid. It must be the name of a folder."],
  [['--json', ''], "argument '' is invalid. It must be the name of a file."],
  [['--json', '--full'], "argument '--full' is invalid. It must be the name of a file, and this is an option."],
  [['--out', '--nonsense'], "argument '--nonsense' is invalid. It must be the name of a folder, and this is an option."],
  [['--seed', '-1'], "argument '-1' is invalid. It must be an integer from 0 to 9007199254740991, in digits: 1000 and not 1e3."],
  [['--seed', '1e20'], "argument '1e20' is invalid. It must be an integer from 0 to 9007199254740991, in digits: 1000 and not 1e3."],
  [['--seed', '100000000000000000000'], "argument '100000000000000000000' is invalid. It must be an integer from 0 to 9007199254740991"],
  [['--backend', 'gpu'], "argument 'gpu' is invalid. Allowed choices are wasm, cpu."],
])('refuses %j in words', async (args, words) => {
  const said = await refusal(['measure', ...args]);
  expect(said).toContain(words);
  expect(said).toContain('bench --help lists commands, bench <command> --help its options.');
});

it('names the nearest command', async () => {
  expect(await refusal(['mesure'])).toContain("error: unknown command 'mesure'\n(Did you mean measure?)");
});
