import { count, duration } from '@longspan/tooling/terminal';
import stringWidth from 'string-width';
import { type Found, looked, type Meant, type Passage, type Rank } from './passages.ts';
import { plainText } from './plain-text.ts';
import { wrapped } from './wrap.ts';

/** Lines that a sentence takes at the most, of the best passage and of the others. */
const linesOfBest = 3;
const linesOfOthers = 2;

/** What was found for a question, as lines of so many columns. */
export function passageLines(found: Found, width: number): readonly string[] {
  const { question, passages, byWords, byVectors, meant, seconds } = found;
  const time = duration(seconds);
  const head = wrapped(plainText(question), { width: width - stringWidth(time) - 2, lines: 3 });
  const [last, ...before] = [...head].reverse() as [string, ...string[]];
  const title = [...before.reverse(), `${last}${' '.repeat(Math.max(2, width - stringWidth(last) - stringWidth(time)))}${time}`];
  if (passages.length === 0) return [...title, '  No passage: the text has none.'];
  return [
    ...title,
    ...passages.flatMap((passage, at) => linesOf(passage, `${at + 1}`, { width, lines: at === 0 ? linesOfBest : linesOfOthers })),
    ...alone('BM25 alone', byWords, passages, width),
    ...alone('vectors alone', byVectors, passages, width),
    ...(meant === undefined ? [] : meantLines(meant, passages, width)),
  ];
}

function linesOf(passage: Passage, mark: string, { width, lines }: { readonly width: number; readonly lines: number }): readonly string[] {
  const { sentence, score, start, end } = passage;
  const place = `${score.toFixed(2)}  ${placeOf(passage)}, characters ${count(start)} to ${count(end)}`;
  const inner = width - indent.length;
  const heads = wrapped(place, { width: inner, lines: 2 });
  const quote = wrapped(`“${plainText(sentence.text)}”`, { width: inner, lines });
  return [
    ...heads.map((line, at) => `${at === 0 ? `  ${mark}`.padEnd(indent.length) : indent}${line}`),
    ...quote.map((line) => indent + line),
  ];
}

const indent = '     ';

/** The chapter and the number of the paragraph. */
function placeOf({ section, paragraph, paragraphs }: Passage): string {
  const within = `paragraph ${count(paragraph)} of ${count(paragraphs)}`;
  return section === '' ? within : `${plainText(section).replace(/[.]$/, '')}, ${within}`;
}

/** What one of the two would have said: a passage that stands above by its number, another one on a line of its own. */
function alone(name: string, passage: Passage | undefined, passages: readonly Passage[], width: number): readonly string[] {
  const at = passages.findIndex(({ start }) => start === passage?.start);
  const said = (): string => {
    if (passage === undefined) return 'nothing, for no word of the question is in the text';
    return at >= 0 ? `passage ${at + 1}` : `${placeOf(passage)}: “${plainText(passage.sentence.text)}”`;
  };
  return wrapped(`${name}: ${said()}`, { width: width - 2, lines: 1 }).map((line) => `  ${line}`);
}

/** Where the passage is that the question was written for: a miss is told as one. */
function meantLines({ expected, fused, byWords, byVectors }: Meant, passages: readonly Passage[], width: number): readonly string[] {
  const ofChapter = passages.findIndex(({ section }) => section === expected.chapter);
  const miss = `a miss${ofChapter < 0 ? '' : `, though passage ${ofChapter + 1} is of its chapter`}: meant was another`;
  const verdict = fused !== undefined && fused <= passages.length ? `as meant: passage ${fused}` : miss;
  const ranks = `its place is ${rank(fused)} here, ${rank(byWords)} by BM25 alone, ${rank(byVectors)} by vectors alone`;
  const text = `${verdict} (${expected.chapter} “… ${expected.words} …”); ${ranks}`;
  return wrapped(text, { width: width - 2, lines: 3 }).map((line) => `  ${line}`);
}

const rank = (place: Rank): string => (place === undefined ? `beyond ${looked}` : count(place));
