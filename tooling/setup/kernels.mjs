import { join } from 'node:path';
import { command, stopped } from './command.mjs';
import { Interrupted, SetupError } from './setup-error.mjs';
import { environment, root } from './workspace.mjs';

/** Compiles the WebAssembly kernels, which are not in the repository, from their sources; skips what is up to date. */
export async function buildKernels() {
  let output = '';
  const code = await command(process.execPath, [join(root, 'packages/wasm-backend/build-kernels.mjs')], {
    cwd: root,
    env: environment,
    onText: (text) => {
      output += text;
    },
  });
  if (stopped()) throw new Interrupted();
  if (code !== 0) {
    throw new SetupError({
      problem: 'compiling the WebAssembly kernels failed.',
      expected: 'packages/wasm-backend/assembly to compile',
      got: `this:\n${output.trimEnd().split('\n').slice(-30).join('\n')}`,
      remedy: 'correct what the compiler names; after a change of its version, delete node_modules and run the same command again.',
    });
  }
  return output.includes('up to date') ? 'skipped' : 'done';
}
