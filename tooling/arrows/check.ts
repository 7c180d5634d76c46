// `pnpm arrows`: fails where an import breaks a rule, and where a source file was not seen, because what is not seen is not checked.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, root } from './cruise.ts';

const parts = ['packages', 'apps', 'tooling'].filter((part) => existsSync(join(root, part)));

// assembly is AssemblyScript: no parser of TypeScript reads it, and it cannot import anything of ours.
const skipped = new Set(['assembly', 'node_modules', 'dist', 'golden', 'bench-results', '.peers', '.turbo']);

function sourcesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : sourcesOf(path);
    return /[.](tsx?|mjs)$/.test(entry.name) ? [path] : [];
  });
}

const { modules, violations } = cruise(root, parts);
const seen = new Set(modules);
const sources = parts.flatMap(sourcesOf);
const unseen = sources.filter((source) => !seen.has(source));

for (const { rule, from, to } of violations) console.error(`${rule}: ${from} -> ${to}`);
for (const source of unseen) console.error(`not seen, so not checked: ${source}`);
console.log(`${sources.length} source files, ${sources.length - unseen.length} seen, ${violations.length} violations`);
process.exitCode = violations.length + unseen.length > 0 || sources.length === 0 ? 1 : 0;
