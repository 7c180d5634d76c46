import { parseArgs } from 'node:util';
import { command } from '../setup/command.mjs';
import { root } from '../setup/workspace.mjs';

const files = {
  cpu: ['packages/core-tensor/test/conformance.test.ts', 'packages/attention-sparse/test/conformance.test.ts', '-t', 'cpu'],
  wasm: ['packages/wasm-backend/test/conformance.test.ts'],
  webgpu: ['packages/gpu-backend/test/conformance.test.ts', '--config', 'packages/gpu-backend/test/vitest.config.ts'],
} as const;

const usage = `pnpm conformance [--backend cpu|wasm|webgpu] [--quick]

Every contract of core-tensor, every call of its suite and 200 random ones of each kind: the kernels of a backend against the definitions.

  --backend cpu|wasm|webgpu  whose kernels: the references on cpu (default), those of @longspan/wasm-backend or of gpu-backend, which take
                             an hour on a software adapter
  --quick                    only the calls that the tests of every day make

Exit code: 0 all passed, 1 not, 2 wrong usage, 130 interrupted.`;

function wrong(message: string): never {
  process.stderr.write(`conformance: ${message}\n\n${usage}\n`);
  process.exit(2);
}

function given() {
  try {
    return parseArgs({
      options: {
        backend: { type: 'string', default: 'cpu' },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    return wrong((error as Error).message);
  }
}

const { backend, quick, help } = given();
if (help) {
  process.stdout.write(`${usage}\n`);
} else {
  if (!Object.hasOwn(files, backend)) wrong(`--backend must be cpu, wasm or webgpu, not ${JSON.stringify(backend)}.`);
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...files[backend as keyof typeof files]];
  const env = quick ? process.env : { ...process.env, TEST_EFFORT: 'whole' };
  process.exitCode = await command(process.execPath, args, { cwd: root, env });
}
