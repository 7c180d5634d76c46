import { createKey } from '@longspan/core-tensor';
import {
  bert,
  bertForQuestionAnswering,
  bertForSequenceClassification,
  bertForTokenClassification,
  bertModel,
} from '@longspan/models/bert';
import {
  answer,
  classify,
  classifyTokens,
  createIndex,
  type DocumentSource,
  documentTokenizer,
  embedTexts,
  indexFile,
  openIndex,
  search,
  type TextModel,
  type TextPlace,
  type TextWindow,
  updateIndex,
  windows,
} from '@longspan/models/documents';
import { byteTokenizer, readTokenizer } from '@longspan/models/text';
import fc, { type Arbitrary } from 'fast-check';
import { type Family, family } from '../family.ts';
import { oddText } from './odd-text.ts';
import { tokenizerJsons } from './tokenizer-files.ts';

const sizes = { vocabSize: 300, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 4, maxPositionEmbeddings: 64 };
const kinds = ['word pieces', 'byte pairs', 'unigram', 'bytes'] as const;
const heads = {
  model: bertModel,
  questionAnswering: bertForQuestionAnswering,
  tokenClassification: bertForTokenClassification,
  sequenceClassification: bertForSequenceClassification,
};
type Head = keyof typeof heads;

const made = new Map<string, Promise<TextModel>>();

/** A small model with that head, which reads with a tokenizer of that kind; made at the first input. */
function modelOf(kind: (typeof kinds)[number], head: Head): Promise<TextModel> {
  const name = `${kind} ${head}`;
  const found = made.get(name) ?? makeModel(kind, head);
  made.set(name, found);
  return found;
}

async function makeModel(kind: (typeof kinds)[number], head: Head): Promise<TextModel> {
  const json = JSON.stringify(tokenizerJsons[kinds.indexOf(kind)]);
  const tokenizer =
    kind === 'bytes' ? byteTokenizer({ shift: 2 }) : await readTokenizer({ 'tokenizer.json': new TextEncoder().encode(json) });
  const config = bert.config(sizes);
  const model = heads[head](config);
  return { model, parameters: model.init(createKey(head)), config, tokenizer: documentTokenizer(tokenizer) };
}

/** A document as it may come: whole, as a file, or in pieces that are cut anywhere. */
interface Given {
  readonly text: string;
  readonly as: 'text' | 'file' | 'bytes' | 'strings';
  readonly step: number;
  /** Bytes that are set to others; none where there are no bytes. */
  readonly spoiled: readonly number[];
}

const document: Arbitrary<Given> = fc.record({
  text: oddText,
  as: fc.constantFrom('text', 'text', 'file', 'bytes', 'strings'),
  step: fc.integer({ min: 1, max: 4000 }),
  spoiled: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, fc.array(fc.nat(100), { maxLength: 2 })),
});

function sourceOf({ text, as, step, spoiled }: Given): DocumentSource {
  if (as === 'text') return text;
  if (as === 'strings') return inTurn(text.length, step, (begin, end) => text.slice(begin, end));
  const bytes = new TextEncoder().encode(text);
  for (const at of spoiled) if (bytes.length > 0) bytes[at % bytes.length] = 0xff;
  return as === 'file' ? new Blob([bytes]) : inTurn(bytes.length, step, (begin, end) => bytes.subarray(begin, end));
}

async function* inTurn<Piece>(length: number, step: number, piece: (begin: number, end: number) => Piece): AsyncGenerator<Piece> {
  for (let at = 0; at < length; at += step) yield piece(at, at + step);
}

/** The text as it is read: what has been bytes has no halves of pairs. */
const readAs = ({ text, as }: Given): string =>
  as === 'file' || as === 'bytes' ? new TextDecoder().decode(new TextEncoder().encode(text)) : text;

interface Input {
  readonly document: Given;
  readonly edited: Given;
  readonly asked: string;
  readonly kind: (typeof kinds)[number];
  readonly work: 'answer' | 'classify' | 'classifyTokens' | 'embedTexts' | 'search' | 'windows';
  readonly length: number | undefined;
  readonly overlap: number | undefined;
}

const inputs: Arbitrary<Input> = fc.record({
  document,
  edited: document,
  asked: fc.oneof(oddText, fc.constantFrom('', ' ', 'what?', 'hello')),
  kind: fc.constantFrom(...kinds),
  work: fc.constantFrom('answer', 'classify', 'classifyTokens', 'embedTexts', 'search', 'windows', 'windows', 'windows'),
  length: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 64 })),
  overlap: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 40 })),
});

/** Characters that are read through a model: each has dozens of tokens, and the reference kernels some ms for them. */
const mostRead = 120;

async function run({ document: whole, edited: other, asked: question, kind, work, length, overlap }: Input): Promise<void> {
  const short = (of: string): string => (work === 'windows' ? of : of.slice(0, mostRead));
  const [given, edited, asked] = [{ ...whole, text: short(whole.text) }, { ...other, text: short(other.text) }, short(question)];
  const [source, text] = [sourceOf(given), readAs(given)];
  const options = { length, overlap };
  switch (work) {
    case 'windows': {
      const { tokenizer } = await modelOf(kind, 'model');
      requireCover(windows(await tokenizer.encode(text), { length: length ?? 9, overlap: overlap ?? 0 }), text);
      return;
    }
    case 'embedTexts': {
      const texts = [text, asked, edited.text];
      const { vectors } = await embedTexts(texts, await modelOf(kind, 'model'), { length });
      if (vectors.length !== texts.length) throw new Error('every text must have a vector');
      for (const vector of vectors) requireUnit(vector);
      return;
    }
    case 'classify': {
      const found = await classify(source, await modelOf(kind, 'sequenceClassification'), options);
      for (const { score } of found.labels) requireScore(score);
      requireCover(found.windows, text);
      return;
    }
    case 'classifyTokens': {
      const found = await classifyTokens(source, await modelOf(kind, 'tokenClassification'), { ...options, ignored: [] });
      for (const each of found.entities) requirePlace(each, text);
      for (const { score } of found.entities) requireScore(score);
      return;
    }
    case 'answer': {
      const model = (await modelOf(kind, 'questionAnswering')) as Parameters<typeof answer>[2];
      const { answers, noAnswer } = await answer(source, asked, model, { ...options, top: 3 });
      for (const each of answers) requirePlace(each, text);
      for (const score of [...answers.map((each) => each.score), noAnswer ?? 0]) requireScore(score);
      return;
    }
    case 'search': {
      const model = await modelOf(kind, 'model');
      const index = await createIndex(source, model, options);
      const same = openIndex(indexFile(index), model);
      const found = await search(index, asked, { top: 3 });
      for (const each of found) requirePlace(each, text);
      if (JSON.stringify(await search(same, asked, { top: 3 })) !== JSON.stringify(found))
        throw new Error('an index must be the same from its file');
      const after = await updateIndex(index, sourceOf(edited));
      for (const each of await search(after, asked, { top: 3 })) requirePlace(each, readAs(edited));
    }
  }
}

function requirePlace({ text, start, end }: TextPlace, document: string): void {
  if (document.slice(start, end) !== text) throw new Error(`what is found must be the document's own words: [${start}, ${end}]`);
}

function requireScore(score: number): void {
  if (!(score >= 0 && score <= 1 + 1e-6)) throw new Error(`a score must be a probability, and is ${score}`);
}

function requireUnit(vector: Float32Array): void {
  const length = Math.hypot(...vector);
  if (!(Math.abs(length - 1) < 1e-3 || length === 0)) throw new Error(`a vector must be of length 1, and is of ${length}`);
}

/** Windows lie in order, and every token belongs to one of them. */
function requireCover(found: readonly TextWindow[], text: string): void {
  let next = 0;
  for (const { own, start, end } of found) {
    if (own.start !== next || own.end <= own.start || start > end || end > text.length)
      throw new Error('windows must cover every token once');
    next = own.end;
  }
}

/** Documents that nobody would write, in every form in which they come: results are the document's own words, or an error says what is wrong. */
export const oddDocuments: Family = family('documents of any kind', inputs, run);
