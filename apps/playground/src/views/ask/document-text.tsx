import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { directionOf } from '../../text/direction.ts';
import { RowList, type Sight } from '../../text/row-list.tsx';
import { unitAt } from '../../text/unit-at.ts';
import { type Mark, markedPieces } from './marked-text.ts';
import type { Passage } from './passages.ts';

interface DocumentTextProps {
  readonly text: string;
  readonly language: string | undefined;
  /** Where the rows begin, and where the last one ends. */
  readonly rows: Int32Array;
  /** Where sections begin, once it is known. */
  readonly sections: Int32Array | undefined;
  readonly found: readonly Passage[];
  readonly chosen: Passage | undefined;
  /** Changes with each wish to see the chosen passage. */
  readonly wish: number;
  onSight(from: number, to: number): void;
}

/** Characters of a row that is drawn as a heading. */
const longestHeading = 120;

/** The document itself, at the chosen passage. */
export function DocumentText({ text, language, rows, sections, found, chosen, wish, onSight }: DocumentTextProps) {
  const marks = useMemo(() => marksOf(found, chosen), [found, chosen]);
  const made = useMemo(() => new Map<number, VNode>(), [text, rows, marks, sections]);
  const heads = useMemo(() => new Set(sections), [sections]);
  const letterWidth = useMemo(() => (/\p{Script=Han}/u.test(text.slice(0, 400)) ? 16 : 7.6), [text]);
  const guess = (row: number, width: number): number => {
    const letters = (rows[row + 1] as number) - (rows[row] as number);
    return 14 + 26 * Math.ceil(letters / Math.max(8, (width - 40) / letterWidth));
  };
  const draw = (row: number): VNode => {
    const known = made.get(row);
    if (known !== undefined) return known;
    const [start, end] = [rows[row] as number, rows[row + 1] as number];
    const inked = start + text.slice(start, end).trimEnd().length;
    const isHeading = heads.has(start) && inked - start < longestHeading;
    const one = (
      <p key={row} data-row={row} class={isHeading ? 'heading' : ''} dir={directionOf(text.slice(start, start + 400))} lang={language}>
        {markedPieces(marks, start, inked).map((piece) => {
          const own = text.slice(piece.start, piece.end);
          if (piece.kind === undefined) return own;
          return (
            <mark key={piece.start} class={piece.kind}>
              {own}
            </mark>
          );
        })}
      </p>
    );
    made.set(row, one);
    return one;
  };
  const place = chosen?.sentence.start ?? 0;
  return (
    <RowList
      class="document"
      label="The document"
      of={rows}
      count={Math.max(0, rows.length - 1)}
      wish={chosen === undefined ? undefined : { row: unitAt(rows, place), target: '.sentence', count: wish }}
      guess={guess}
      draw={draw}
      onSight={({ first, last }: Sight) => onSight(rows[first] ?? 0, rows[last + 1] ?? text.length)}
    />
  );
}

function marksOf(found: readonly Passage[], chosen: Passage | undefined): readonly Mark[] {
  const marks: Mark[] = found.map(({ start, end }) => ({ start, end, kind: 'found' }));
  if (chosen === undefined) return marks;
  return [...marks, { start: chosen.start, end: chosen.end, kind: 'chosen' }, { ...chosen.sentence, kind: 'sentence' }];
}
