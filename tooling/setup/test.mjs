// `npm test [-- filter]`: installs what is missing, then runs every unit test and the parity with the reference numbers on
// cpu, on wasm, and on wasm with our kernels. With arguments only the unit tests run, and the arguments go to vitest. The last line is the count.
import { requireNode } from './node-version.mjs';

requireNode('20.19.0');
const { main, prepare } = await import('./prepare.mjs');
const { command, stopped } = await import('./command.mjs');
const { Interrupted } = await import('./setup-error.mjs');
const { environment, root } = await import('./workspace.mjs');
const { fromSource } = await import('./from-source.mjs');
const { countPart } = await import('./tally.mjs');

const filters = process.argv.slice(2);
const unit = {
  name: 'unit tests',
  args: ['node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=./tooling/vitest/tally.ts', ...filters],
};
const parity = [
  ['parity on cpu', '--backend', 'cpu'],
  ['parity on wasm', '--backend', 'wasm'],
  ...['1', '2'].map((threads) => [
    `parity on wasm with Longspan's kernels, threads: ${threads}`,
    ...['--backend', 'wasm', '--kernels', 'longspan', '--threads', threads],
  ]),
].map(([name, ...options]) => ({ name, args: () => fromSource('tooling/parity/cli.ts', options) }));

await main(async () => {
  await prepare();
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, args } of filters.length > 0 ? [unit] : [unit, ...parity]) {
    process.stdout.write(`\n== ${name}\n`);
    let output = '';
    const code = await command(process.execPath, typeof args === 'function' ? args() : args, {
      cwd: root,
      env: { [process.stdout.isTTY ? 'FORCE_COLOR' : 'NO_COLOR']: '1', ...environment },
      onText: (text) => {
        output += text;
        process.stdout.write(text);
      },
    });
    if (stopped()) throw new Interrupted();
    const part = countPart(code, output);
    for (const key of Object.keys(sum)) sum[key] += part[key];
  }
  process.stdout.write(
    `\n${sum.skipped > 0 ? `${sum.skipped} skipped, each named above\n` : ''}${sum.passed} passed, ${sum.failed} failed\n`,
  );
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
});
