import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { segmentText } from '@longspan/hierarchical';
import { register } from '@longspan/wasm-backend';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, it } from 'vitest';
import { codeOf } from '../src/views/levels/code.ts';
import { embed, mostSimilar } from '../src/views/levels/embedding.ts';
import type { LevelName } from '../src/views/levels/level-names.ts';
import { runCode } from './run-code.ts';

beforeAll(async () => {
  await register({ threads: 1 });
});

const text = `# North

The white whale swam north. Tea is best with milk. White whales were swimming north!

# South

We bought a lamp. 白鲸 swam south, where whales are white.
`;

it.each([
  { level: 'sentence', unit: 1 },
  { level: 'word', unit: 3 },
] satisfies { level: LevelName; unit: number }[])(
  'the code of the levels runs, and finds what the page finds: $level $unit',
  async ({ level, unit }) => {
    const place = await mkdtemp(join(tmpdir(), 'levels-'));
    try {
      const file = join(place, 'text.txt');
      await writeFile(file, text);
      const code = codeOf({ level, unit, language: 'en' }).replace("process.argv[2] ?? 'text.txt'", JSON.stringify(file));
      const said = (await runCode(code)).trim().split('\n');
      const segments = segmentText(text, { locale: 'en' });
      const { words, sentences, paragraphs, sections } = segments;
      expect(said.slice(0, 4)).toEqual([
        `words: ${words.count}`,
        `sentences: ${sentences.count}`,
        `paragraphs: ${paragraphs.count}`,
        `sections: ${sections.count}`,
      ]);
      const found = mostSimilar(await embed(segments), level, unit, 6);
      expect(found.length).toBeGreaterThan(0);
      expect(said.slice(5).map((line) => line.split(':')[0])).toEqual(
        found.map((each) => `${each.cosine.toFixed(2)} ${level} ${each.unit + 1}`),
      );
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  },
);
