import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

export interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

export interface Cruise {
  /** Every file that was seen, relative to the folder, those of npm packages too. */
  readonly modules: readonly string[];
  readonly violations: readonly Violation[];
}

interface Report {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[];
  };
}

const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

/** Holds the imports of the workspace in `folder` against the rules of .dependency-cruiser.cjs. */
export function cruise(folder: string, parts: readonly string[]): Cruise {
  const args = [program, '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', ...parts];
  const report = JSON.parse(execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 })) as Report;
  return {
    modules: report.modules.map(({ source }) => source),
    violations: report.summary.violations.map(({ from, to, rule }) => ({ rule: rule.name, from, to })),
  };
}
