// The words of a text of yours that answer a question; everything is computed here, and nothing is cut off.
// node question-a-document.js my-text.txt "who ...?" [a RoBERTa with a head for answers: an id of the hub, or a folder]
import { readFile } from 'node:fs/promises';
import '@tensorflow/tfjs-backend-wasm';
import { fromPretrained } from '@longspan/models';
import { answer, documentTokenizer } from '@longspan/models/documents';
import { roberta } from '@longspan/models/roberta';
import { readTokenizer } from '@longspan/models/text';
import { register } from '@longspan/wasm-backend';

await register();

const [path, question, source = 'deepset/roberta-base-squad2'] = process.argv.slice(2);
const shown = ({ file, loaded, total }) => process.stderr.write(`\r${file}: ${loaded} of ${total} bytes `);
const progress = process.stderr.isTTY ? shown : undefined;
const pretrained = await fromPretrained(source, { family: roberta, head: 'questionAnswering', progress });
const model = { ...pretrained, tokenizer: documentTokenizer(await readTokenizer(source)) };

const { answers, noAnswer, windows } = await answer(await readFile(path, 'utf8'), question, model, { top: 3, locale: 'en' });
console.log(`${windows.length} windows read; no answer has a probability of ${noAnswer.toFixed(2)}`);
for (const { text, score, section, start, end } of answers) {
  console.log(`${score.toFixed(2)} ${section.heading || 'at the beginning'}, characters ${start} to ${end}: ${text}`);
}
