// Passages of a text of yours that fit a question, by vectors and words together; everything is computed here.
// node search-a-document.js my-text.txt "where does ...?" [a sentence encoder of BERT's family: an id of the hub, or a folder]
import { readFile } from 'node:fs/promises';
import '@tensorflow/tfjs-backend-wasm';
import { fromPretrained } from '@longspan/models';
import { bert } from '@longspan/models/bert';
import { createIndex, documentTokenizer, search } from '@longspan/models/documents';
import { readTokenizer } from '@longspan/models/text';
import { register } from '@longspan/wasm-backend';

await register();

const [path, question, source = 'sentence-transformers/all-MiniLM-L6-v2'] = process.argv.slice(2);
const shown = ({ file, loaded, total }) => process.stderr.write(`\r${file}: ${loaded} of ${total} bytes `);
const progress = process.stderr.isTTY ? shown : undefined;
const pretrained = await fromPretrained(source, { family: bert, head: 'model', progress });
const model = { ...pretrained, tokenizer: documentTokenizer(await readTokenizer(source)) };

const index = await createIndex(await readFile(path, 'utf8'), model, { locale: 'en' });
console.log(`${index.read.length} windows read`);
for (const { section, sentence, start, end } of await search(index, question, { top: 3 })) {
  console.log(`${section.heading || 'at the beginning'}, characters ${start} to ${end}: ${sentence.text}`);
}
