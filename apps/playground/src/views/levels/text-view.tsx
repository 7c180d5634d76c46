import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { directionOf } from '../../text/direction.ts';
import { RowList, type Sight } from '../../text/row-list.tsx';
import { unitAt } from '../../text/unit-at.ts';
import type { LevelName } from './level-names.ts';
import { countOf, type Marked, narrower, rowAt, sameAt, type Unit, unitOf, wider } from './places.ts';
import type { Cut } from './segmenting.ts';
import { levels } from './state.ts';

interface TextViewProps {
  readonly text: string;
  readonly language: string | undefined;
  readonly cut: Cut;
  readonly chosen: Unit;
  readonly marks: readonly Marked[];
  /** A place to go to, and a number that changes with each wish. */
  readonly wish: { readonly place: number; readonly count: number };
}

/** A row that is one endless word is cut in the drawing. */
const mostShown = 4000;

/** The text with its levels nested, of which only what is in sight is drawn. */
export function TextView({ text, language, cut, chosen, marks, wish }: TextViewProps) {
  const { shown, level } = levels.values.value;
  const sight = useRef<SVGRectElement>(null);
  const lengthOf = (row: number): number =>
    (cut.word[cut.rows[row + 1] as number] as number) - (cut.word[cut.rows[row] as number] as number);
  const letterWidth = useMemo(() => (/\p{Script=Han}/u.test(text.slice(0, 400)) ? 16 : 7.6), [text]);
  const guess = (row: number, width: number): number => 26 + 27 * Math.ceil(lengthOf(row) / Math.max(8, (width - 60) / letterWidth));
  /** By hand, for it moves with every step of the scroll while nothing else does. */
  const onSight = ({ from, share }: Sight): void => {
    sight.current?.setAttribute('y', String(1000 * from));
    sight.current?.setAttribute('height', String(Math.max(6, 1000 * share)));
  };
  /** What was clicked is in sight, and stays where it is. */
  const clicked = useRef(false);

  // Rows stay as they are while one scrolls: each is made once for the same text and marks.
  const made = useMemo(() => new Map<number, VNode>(), [text, cut, shown.join(), level, chosen.level, chosen.unit, marks]);
  const draw = (row: number): VNode => {
    const known = made.get(row);
    if (known !== undefined) return known;
    const one = rowOf({ text, cut, row, shown, level, marks, language });
    made.set(row, one);
    return one;
  };

  const choose = (event: MouseEvent): void => {
    if (!(event.target instanceof Element) || (getSelection()?.toString() ?? '') !== '') return;
    const start = Number(event.target.closest<HTMLElement>('[data-start]')?.dataset['start'] ?? Number.NaN);
    if (!Number.isFinite(start)) return;
    const unit = unitAt(cut[level], start);
    clicked.current = unit !== chosen.unit;
    levels.set({ unit });
  };
  const press = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const to = event.key === '+' ? wider(level) : event.key === '-' ? narrower(level) : undefined;
    if (by === 0 && to === undefined) return;
    event.preventDefault();
    const forward = directionOf(text) === 'rtl' ? -by : by;
    const unit = Math.max(0, Math.min(countOf(cut, level) - 1, chosen.unit + forward));
    if (by !== 0) levels.set({ unit }, { step: false });
    else if (to !== undefined) levels.set({ level: to, unit: sameAt(cut, chosen, to).unit }, { step: false });
  };
  const total = Math.max(1, text.length);
  const sections = useMemo(() => sectionMarks(cut, Math.max(1, text.length)), [cut, text]);
  return (
    <div class="text-place">
      <RowList
        class={`text-view ${levelsShown(shown)}`}
        label="The text by its levels: left and right go to the unit before and after, plus and minus to a wider or a narrower level"
        of={cut}
        count={cut.rows.length - 1}
        wish={{ row: rowAt(cut, wish.place), target: '.chosen', count: wish.count }}
        isThere={clicked}
        guess={guess}
        draw={draw}
        onSight={onSight}
        onClick={choose}
        onKeyDown={press}
      />
      <svg class="text-map" viewBox="0 0 10 1000" preserveAspectRatio="none" aria-hidden="true">
        <path d={sections} class="map-section" />
        {marks.map(({ start, end, kind }) => (
          <rect
            key={`${kind}${start}`}
            class={`map-${kind}`}
            x={0}
            width={10}
            y={(1000 * start) / total}
            height={Math.max(4, (1000 * (end - start)) / total)}
          />
        ))}
        <rect ref={sight} class="map-sight" x={0.5} width={9} />
      </svg>
    </div>
  );
}

const levelsShown = (shown: readonly LevelName[]): string => shown.map((level) => `show-${level}`).join(' ');

/** A line where each section begins; of very many every few. */
function sectionMarks({ section }: Cut, total: number): string {
  const every = Math.ceil(section.length / 400);
  let path = '';
  for (let at = 0; at < section.length - 1; at += every) path += `M0 ${((1000 * (section[at] as number)) / total).toFixed(1)}h10`;
  return path;
}

interface RowParts {
  readonly text: string;
  readonly cut: Cut;
  readonly row: number;
  readonly shown: readonly LevelName[];
  readonly level: LevelName;
  readonly marks: readonly Marked[];
  readonly language: string | undefined;
}

/** A paragraph, or a part of a long one: sentences, and words within them where they are wanted. */
function rowOf({ text, cut, row, shown, level, marks, language }: RowParts): VNode {
  const [firstWord, endWord] = [cut.rows[row] as number, cut.rows[row + 1] as number];
  const [start, end] = [cut.word[firstWord] as number, cut.word[endWord] as number];
  const paragraph = unitAt(cut.paragraph, start);
  const section = unitAt(cut.section, start);
  const isFirst = cut.paragraph[paragraph] === start;
  const isLast = cut.paragraph[paragraph + 1] === end;
  const opensSection = cut.section[section] === start;
  const closesSection = cut.section[section + 1] === end;
  const near = marks.filter((mark) => mark.start < end && mark.end > start);
  const kindOf = (from: number, to: number): string => {
    const own = near.find((mark) => mark.start <= from && mark.end >= to);
    return own === undefined ? '' : ` ${own.kind}`;
  };
  const hasWords = shown.includes('word') || level === 'word' || near.some(({ kind }) => kind === 'similar');
  const sentences: VNode[] = [];
  for (let sentence = unitAt(cut.sentence, start); sentence < cut.sentence.length - 1; sentence++) {
    const [from, to] = [Math.max(start, cut.sentence[sentence] as number), Math.min(end, cut.sentence[sentence + 1] as number)];
    if (from >= end) break;
    const mark = kindOf(from, to);
    sentences.push(
      <span key={sentence} class={`sentence${sentence % 2 === 0 ? ' even' : ''}${mark}`} data-start={from}>
        {hasWords ? wordsOf({ text, cut, from, to, kindOf: mark === '' ? kindOf : () => '' }) : withoutEnd(text, from, to)}
      </span>,
    );
  }
  const direction = directionOf(text.slice(cut.paragraph[paragraph], (cut.paragraph[paragraph] as number) + 400));
  const classes = ['text-row', section % 2 === 0 ? 'even' : 'odd', paragraph % 2 === 0 ? 'p-even' : 'p-odd'];
  if (isFirst) classes.push('first');
  if (isLast) classes.push('last');
  if (opensSection) classes.push('opens');
  if (closesSection) classes.push('closes');
  return (
    <div key={row} data-row={row} class={classes.join(' ')} data-start={start} dir={direction}>
      {opensSection && (
        <span class="section-name" dir="ltr">
          Section {(section + 1).toLocaleString('en')}
        </span>
      )}
      <p class={`paragraph${cut.headings[paragraph] === 1 ? ' heading' : ''}`} lang={language}>
        {sentences}
      </p>
    </div>
  );
}

function wordsOf({
  text,
  cut,
  from,
  to,
  kindOf,
}: {
  readonly text: string;
  readonly cut: Cut;
  readonly from: number;
  readonly to: number;
  kindOf(from: number, to: number): string;
}): readonly (VNode | string)[] {
  const words: (VNode | string)[] = [];
  for (let word = unitAt(cut.word, from); (cut.word[word] as number) < to; word++) {
    const [start, end] = [cut.word[word] as number, cut.word[word + 1] as number];
    const own = withoutEnd(text, start, end);
    const inked = own.trimEnd();
    words.push(
      <span key={word} class={`word${kindOf(start, end)}`} data-start={start}>
        {inked}
      </span>,
    );
    if (inked.length < own.length) words.push(' ');
  }
  return words;
}

/** White space runs together in the drawing; an endless word is cut. */
const withoutEnd = (text: string, from: number, to: number): string =>
  to - from > mostShown ? `${text.slice(from, from + mostShown)}…` : text.slice(from, to);

/** What is marked: the chosen unit, and those that are like it. */
export const marksOf = (cut: Cut, chosen: Unit, similar: readonly number[]): readonly Marked[] => [
  { start: chosen.start, end: chosen.end, kind: 'chosen' },
  ...similar.map((unit): Marked => {
    const { start, end } = unitOf(cut, chosen.level, unit);
    return { start, end, kind: 'similar' };
  }),
];
