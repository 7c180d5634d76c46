import type { TextSegments, TextUnits } from '@longspan/hierarchical';
import type { stages } from '../source/stages.ts';
import { requireTokens, type TextTokenizer, type TextTokens } from '../source/text-tokenizer.ts';

/** The tokens of a document, and which of them its units hold. */
export interface DocumentTokens extends TextTokens {
  /** Int32 [paragraphs + 1]: paragraph p holds the tokens paragraphs[p] … paragraphs[p + 1] − 1. */
  readonly paragraphs: Int32Array;
  /** Int32 [sentences + 1], the same. */
  readonly sentences: Int32Array;
}

/** A text that was made into tokens before. */
export interface Tokenized {
  readonly segments: TextSegments;
  readonly tokens: DocumentTokens;
}

/**
 * Makes the tokens of a document paragraph by paragraph, so that those of a paragraph follow from it alone: after an edit the others keep
 * theirs. A token belongs to the sentence of its first character that is no white space.
 * @cost that of the tokenizer, for paragraphs that `previous` does not have
 */
export async function tokenize(
  caller: string,
  segments: TextSegments,
  { tokenizer, previous, step }: { tokenizer: TextTokenizer; previous: Tokenized | undefined; step: ReturnType<typeof stages> },
): Promise<DocumentTokens> {
  const { text, paragraphs } = segments;
  const known = previous === undefined ? undefined : knownTokens(previous);
  const parts: TextTokens[] = [];
  const boundaries = new Int32Array(paragraphs.count + 1);
  for (let at = 0; at < paragraphs.count; at++) {
    const [start, end] = [paragraphs.offsets[at] as number, paragraphs.offsets[at + 1] as number];
    const paragraph = text.slice(start, end);
    const kept = known?.(paragraph);
    const { ids, offsets } = kept ?? (await tokenizer.encode(paragraph));
    if (kept === undefined) requireTokens(caller, { ids, offsets }, paragraph.length);
    parts.push({ ids, offsets: offsets.map((offset) => offset + start) });
    boundaries[at + 1] = (boundaries[at] as number) + ids.length;
    await step({ stage: 'tokenize', done: end, total: text.length });
  }
  return withSentences(segments, { ...joined(parts, boundaries[paragraphs.count] as number), paragraphs: boundaries });
}

/** The same with the boundaries of sentences, which follow from the rest. */
export function withSentences(segments: TextSegments, tokens: TextTokens & Pick<DocumentTokens, 'paragraphs'>): DocumentTokens {
  return { ...tokens, sentences: sentenceBoundaries(segments, tokens) };
}

function joined(parts: readonly TextTokens[], count: number): TextTokens {
  const ids = new Int32Array(count);
  const offsets = new Uint32Array(2 * count);
  let at = 0;
  for (const part of parts) {
    ids.set(part.ids, at);
    offsets.set(part.offsets, 2 * at);
    at += part.ids.length;
  }
  return { ids, offsets };
}

/** The tokens of the paragraphs of a text by what is written there, with offsets from its start. */
function knownTokens({ segments, tokens }: Tokenized): (paragraph: string) => TextTokens | undefined {
  const { text, paragraphs } = segments;
  const places = new Map<string, number>();
  for (let at = 0; at < paragraphs.count; at++) places.set(text.slice(paragraphs.offsets[at], paragraphs.offsets[at + 1]), at);
  return (paragraph) => {
    const at = places.get(paragraph);
    if (at === undefined) return undefined;
    const start = paragraphs.offsets[at] as number;
    const [first, end] = [tokens.paragraphs[at] as number, tokens.paragraphs[at + 1] as number];
    return { ids: tokens.ids.subarray(first, end), offsets: tokens.offsets.subarray(2 * first, 2 * end).map((offset) => offset - start) };
  };
}

/** How many tokens come before the end of each sentence. No sentence crosses the end of a paragraph, nor does a token. */
function sentenceBoundaries(segments: TextSegments, { offsets, paragraphs }: Pick<DocumentTokens, 'offsets' | 'paragraphs'>): Int32Array {
  const { text, sentences } = segments;
  const counts = new Int32Array(sentences.count + 1);
  let sentence = 0;
  for (let paragraph = 0; paragraph < segments.paragraphs.count; paragraph++) {
    const end = segments.paragraphs.offsets[paragraph + 1] as number;
    for (let token = paragraphs[paragraph] as number; token < (paragraphs[paragraph + 1] as number); token++) {
      const place = firstInk(text, offsets[2 * token] as number, offsets[2 * token + 1] as number);
      while ((sentences.offsets[sentence + 1] as number) <= place && (sentences.offsets[sentence + 1] as number) < end) sentence++;
      counts[sentence + 1] = (counts[sentence + 1] as number) + 1;
    }
    sentence = firstFrom(sentences, sentence, end);
  }
  for (let at = 1; at < counts.length; at++) counts[at] = (counts[at] as number) + (counts[at - 1] as number);
  return counts;
}

/** The sentence that begins at a place, or after it. */
function firstFrom({ offsets, count }: TextUnits, sentence: number, place: number): number {
  let at = sentence;
  while (at < count && (offsets[at] as number) < place) at++;
  return at;
}

function firstInk(text: string, start: number, end: number): number {
  for (let place = start; place < end; place++) if (!/\s/.test(text[place] as string)) return place;
  return start;
}
