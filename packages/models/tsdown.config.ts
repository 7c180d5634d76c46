import type { UserConfig } from 'tsdown';
import { library } from '../../tooling/tsdown/library.ts';
import manifest from './package.json' with { type: 'json' };

type Target = { readonly '@longspan/source': string; readonly default: string };

const targets: readonly (string | Target)[] = [
  ...Object.values(manifest.exports),
  ...Object.values(manifest.imports).flatMap((by): readonly Target[] => [by.node, by.default]),
];

/** Every entry of package.json, and each file that a condition chooses, by its place in dist: 'family/bert/index': 'src/family/bert/index.ts'. */
const entries = targets.flatMap((target) =>
  typeof target === 'string' ? [] : [[target.default.replace('./dist/', '').replace('.js', ''), target['@longspan/source'].slice(2)]],
);

const config: UserConfig = library(Object.fromEntries(entries));

export default config;
