import { parseArgs } from 'node:util';
import { register } from '@longspan/wasm-backend';
import { startBackend } from '../parity/backend.ts';
import { checkExport } from './check.ts';
import { isSame, reportOf } from './report.ts';

const usage = `pnpm export:check --python PATH [--backend cpu|wasm]

Takes steps of AdamW from one checkpoint here and in PyTorch, and goes on here from the file that PyTorch wrote; prints a table.

  --python PATH       a Python with torch and safetensors
  --backend cpu|wasm  where the steps here are taken: wasm with Longspan's kernels (default), or cpu

Exit code: 0 the weights are the same within rounding, 1 not, 2 wrong usage.`;

function given(): { readonly python: string; readonly backend: 'cpu' | 'wasm' } {
  try {
    const { values } = parseArgs({ options: { python: { type: 'string' }, backend: { type: 'string', default: 'wasm' } } });
    const { python, backend } = values;
    if (python === undefined) throw new Error('--python must be given');
    if (backend !== 'cpu' && backend !== 'wasm') throw new Error(`--backend must be cpu or wasm, not ${backend}`);
    return { python, backend };
  } catch (error) {
    process.stderr.write(`export:check: ${(error as Error).message}\n\n${usage}\n`);
    process.exit(2);
  }
}

const { python, backend } = given();
await startBackend(backend);
if (backend === 'wasm') await register({ threads: 1 });
const checked = await checkExport(python);
process.stdout.write(
  `${reportOf(checked, `here ${backend === 'wasm' ? "wasm with Longspan's kernels" : 'cpu'}, Node ${process.versions.node}`)}\n`,
);
process.exitCode = isSame(checked) ? 0 : 1;
