import type { UserConfig } from 'tsdown';
import { library } from '../../tooling/tsdown/library.ts';
import manifest from './package.json' with { type: 'json' };

/** Every entry of package.json, by its place in dist: 'family/bert/index': 'src/family/bert/index.ts'. */
const entries = Object.values(manifest.exports).flatMap((target) =>
  typeof target === 'string' ? [] : [[target.default.replace('./dist/', '').replace('.js', ''), target['@longspan/source'].slice(2)]],
);

const config: UserConfig = library(Object.fromEntries(entries));

export default config;
