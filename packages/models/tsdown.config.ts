import type { UserConfig } from 'tsdown';
import { library } from '../../tooling/tsdown/library.ts';
import manifest from './package.json' with { type: 'json' };

/** Every entry of package.json, by its place in dist: 'family/bert/index': 'src/family/bert/index.ts'. */
const entries = Object.values(manifest.exports).flatMap((target) =>
  typeof target === 'string' ? [] : [[target.default.replace('./dist/', '').replace('.js', ''), target['@longspan/source'].slice(2)]],
);

/** What a condition of `imports` chooses. */
const files = { 'files/node': 'src/files/node.ts', 'files/page': 'src/files/page.ts' };

const config: UserConfig = library({ ...Object.fromEntries(entries), ...files });

export default config;
