#!/usr/bin/env node
import { runCommand } from '@longspan/tooling/command-line';
import { askCommand } from './command.ts';

await runCommand(
  async ({ given, userFolder, signal }) => {
    const command = askCommand(userFolder, async (request) => {
      const { readDocument } = await import('./document.ts');
      const document = await readDocument(request.path, signal);
      const { ask } = await import('./ask.ts'); // late: what is wrong with options and files is said without loading it
      const { stdin, stdout, stderr } = process;
      await ask(document, request, { input: stdin, output: stdout, progress: stderr, signal });
    });
    await command.parseAsync(given, { from: 'user' });
  },
  {
    ownWords: 0,
    stopped: () => process.stderr.write('Stopped. The parts that were read are kept: the same command goes on from there.\n'),
  },
);
