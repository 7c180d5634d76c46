import { stopped } from './command.mjs';
import { buildKernels } from './kernels.mjs';
import { installPackages } from './packages.mjs';
import { installPnpm } from './pnpm.mjs';
import { withProgress } from './progress.mjs';
import { Interrupted, SetupError } from './setup-error.mjs';
import { pnpmVersion } from './workspace.mjs';

/** Brings the workspace to where its commands run: pnpm, the packages, the kernels. Skips what is done. */
export async function prepare() {
  await withProgress(`[1/3] pnpm ${pnpmVersion}`, installPnpm);
  await withProgress('[2/3] packages', installPackages);
  await withProgress('[3/3] kernels', buildKernels);
}

/** Runs a command's body and turns what it throws into an exit code and a message. */
export async function main(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (error instanceof Interrupted || stopped()) {
      process.stderr.write('\nStopped. Run the same command again: it goes on from what is there.\n');
      process.exitCode = 130;
    } else {
      process.stderr.write(`\n${error instanceof SetupError ? error.message : error.stack}\n`);
      process.exitCode = 1;
    }
  }
}
