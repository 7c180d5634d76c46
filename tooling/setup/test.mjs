// `npm test [-- filter]`: installs what is missing, then runs every unit test and the parity with the reference numbers on
// cpu, on wasm, and on wasm with our kernels. With arguments only the unit tests run, and the arguments go to vitest. The last line is the count.
import { availableParallelism } from 'node:os';
import { requireNode } from './node-version.mjs';

requireNode('20.19.0');
const { main, prepare } = await import('./prepare.mjs');
const { command, stopped } = await import('./command.mjs');
const { Interrupted } = await import('./setup-error.mjs');
const { environment, root } = await import('./workspace.mjs');
const { inOrder } = await import('./in-order.mjs');
const { fromSource } = await import('./from-source.mjs');
const { countPart } = await import('./tally.mjs');

const filters = process.argv.slice(2);
const unit = {
  name: 'unit tests',
  args: ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=./tooling/vitest/tally.ts', ...filters],
};
// All numbers on our kernels with threads; on cpu those of operations and layers, of the other two those of operations: .ci/full has the rest.
const operations = 'tooling/golden/attention';
const onCpu = ['attention', 'layers'].map((folder) => `tooling/golden/${folder}`);
const onOurs = (threads) => ['--backend', 'wasm', '--kernels', 'longspan', '--threads', threads];
const parity = [
  ['parity on cpu', '--backend', 'cpu', ...onCpu],
  ['parity of operations on wasm', '--backend', 'wasm', operations],
  ["parity of operations on wasm with Longspan's kernels, threads: 1", ...onOurs('1'), operations],
  ["parity on wasm with Longspan's kernels, threads: 2", ...onOurs('2')],
].map(([name, ...options]) => ({ name, args: () => fromSource('tooling/parity/cli.ts', options) }));

/** Runs one part and hands its text on; gives what it counts for. */
const run =
  ({ name, args }) =>
  async (write) => {
    if (stopped()) return { passed: 0, failed: 0, skipped: 0 };
    write(`\n== ${name}\n`);
    let output = '';
    const code = await command(process.execPath, typeof args === 'function' ? args() : args, {
      cwd: root,
      env: { [process.stdout.isTTY ? 'FORCE_COLOR' : 'NO_COLOR']: '1', ...environment },
      onText: (text) => {
        output += text;
        write(text);
      },
    });
    return countPart(code, output);
  };

await main(async () => {
  await prepare();
  const write = (text) => process.stdout.write(text);
  // Unit tests take all cores by themselves; the parities take one each.
  const parts = await inOrder([run(unit)], 1, write);
  if (filters.length === 0) parts.push(...(await inOrder(parity.map(run), availableParallelism(), write)));
  if (stopped()) throw new Interrupted();
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((key) => parts.reduce((sum, part) => sum + part[key], 0));
  write(`\n${skipped > 0 ? `${skipped} skipped, each named above\n` : ''}${passed} passed, ${failed} failed\n`);
  return failed > 0 || passed === 0 ? 1 : 0;
});
