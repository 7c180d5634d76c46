import type { Ref } from 'preact';
import { useRef } from 'preact/hooks';
import { directionOf } from '../../text/direction.ts';
import { type Row, reachOf } from './reach.ts';
import { levels } from './state.ts';

interface DiagramProps {
  readonly rows: readonly Row[];
  readonly words: readonly string[];
  /** The position that is looked at. */
  readonly row: number;
  readonly at: number;
  readonly drawing: Ref<SVGSVGElement>;
}

const [column, high, gapHigh, left, wordsHigh] = [40, 26, 44, 150, 92] as const;

/** A model from its input at the bottom upwards: which vectors a position attends to, and which inputs it sees. */
export function Diagram({ rows, words, row, at, drawing }: DiagramProps) {
  const own = useRef<SVGSVGElement | null>(null);
  const reached = reachOf(rows, row, at);
  const attended = new Set(rows[row]?.attends(at) ?? []);
  const isRightToLeft = directionOf(words.join(' ')) === 'rtl';
  const tokens = rows[0]?.count ?? 1;
  const width = left + tokens * column + 12;
  const height = rows.length * (high + gapHigh) - gapHigh + wordsHigh + 20;
  const topOf = (each: number): number => 12 + (rows.length - 1 - each) * (high + gapHigh);
  const middle = left + (tokens * column) / 2;
  const cellWidth = ({ total }: Row): number => column * total ** 0.45;
  /** The left edge of a cell: rows are centred, so that shorter ones make the waist. Texts from the right are drawn from there. */
  const leftOf = (each: Row, position: number): number => {
    const size = cellWidth(each);
    const place = isRightToLeft ? each.count - 1 - position : position;
    return middle - (each.count * size) / 2 + place * size;
  };
  const centreOf = (each: Row, position: number): number => leftOf(each, position) + cellWidth(each) / 2;

  const move = (toRow: number, toAt: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, toRow));
    const place = Math.max(0, Math.min((rows[next] as Row).count - 1, toAt));
    levels.set({ row: next, at: place }, { step: false });
    own.current?.querySelector<SVGGElement>(`[data-cell="${next}/${place}"]`)?.focus();
  };
  const press = (event: KeyboardEvent): void => {
    const turn = isRightToLeft ? -1 : 1;
    const scaled = (to: number): number => {
      const [from, other] = [rows[row] as Row, rows[Math.max(0, Math.min(rows.length - 1, to))] as Row];
      return Math.floor((at * from.total) / other.total);
    };
    const moves: Readonly<Record<string, () => void>> = {
      ArrowRight: () => move(row, at + turn),
      ArrowLeft: () => move(row, at - turn),
      ArrowUp: () => move(row + 1, scaled(row + 1)),
      ArrowDown: () => move(row - 1, scaled(row - 1)),
    };
    const act = moves[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG has no fieldset
    <svg
      ref={(element) => {
        own.current = element;
        if (typeof drawing === 'function') drawing(element);
        else if (drawing !== null) drawing.current = element;
      }}
      class="diagram"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="group"
      aria-label="The model, from the input at the bottom upwards. Arrow keys move the position that is looked at."
    >
      <g>
        {rows.map((each, index) =>
          index === 0
            ? null
            : Array.from(reached[index] ?? [], (position) =>
                linesOf(each, position).map(({ below, to }) => (
                  <line
                    key={`${index}/${position}/${below}/${to}`}
                    class={below === index - 1 ? 'flow' : 'flow carried'}
                    x1={centreOf(each, position)}
                    y1={topOf(index) + high}
                    x2={centreOf(rows[below] as Row, to)}
                    y2={topOf(below)}
                  />
                )),
              ),
        )}
      </g>
      {rows.map((each, index) => (
        <g key={each.name}>
          <text class="row-name" x={8} y={topOf(index) + high / 2 - 6}>
            {each.name}
          </text>
          <text class="row-size" x={8} y={topOf(index) + high / 2 + 8}>
            {each.count} vectors
          </text>
          {Array.from({ length: each.count }, (_, position) => {
            const isChosen = index === row && position === at;
            const isAttended = index === row && attended.has(position);
            const isReached = reached[index]?.has(position) === true;
            const seen = isChosen ? `, sees the inputs ${runs([...(reached[0] ?? [])])}` : '';
            return (
              // biome-ignore lint/a11y/useSemanticElements: an SVG has no button
              <g
                key={position}
                data-cell={`${index}/${position}`}
                class={`cell${isChosen ? ' chosen' : ''}${isAttended ? ' attended' : ''}${isReached ? ' reached' : ''}`}
                role="button"
                tabindex={isChosen ? 0 : -1} // an SVG knows no other spelling
                aria-pressed={isChosen}
                aria-label={`${each.name}, position ${position}${index === 0 ? ` ${words[position] ?? ''}` : ''}${seen}`}
                onClick={({ currentTarget }) => {
                  currentTarget.focus();
                  levels.set({ row: index, at: position });
                }}
                onKeyDown={press}
              >
                <rect x={leftOf(each, position) + 1.5} y={topOf(index)} width={cellWidth(each) - 3} height={high} rx={5} />
                <text x={centreOf(each, position)} y={topOf(index) + high / 2}>
                  {position}
                </text>
              </g>
            );
          })}
        </g>
      ))}
      {words.slice(0, tokens).map((word, position) => {
        const [x, y] = [centreOf(rows[0] as Row, position), topOf(0) + high + 10];
        return (
          <text
            key={position}
            class={`token-word${reached[0]?.has(position) === true ? ' reached' : ''}`}
            transform={`translate(${x} ${y}) rotate(-55)`}
          >
            {word.length > 11 ? `${word.slice(0, 10)}…` : word}
          </text>
        );
      })}
    </svg>
  );
}

const linesOf = (row: Row, at: number): readonly { readonly below: number; readonly to: number }[] =>
  row.lines(at).flatMap(({ row: below, positions }) => positions.map((to) => ({ below, to })));

/** Numbers as runs: 0–4, 7. */
export function runs(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((one, other) => one - other);
  const found: [number, number][] = [];
  for (const each of sorted) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === each - 1) last[1] = each;
    else found.push([each, each]);
  }
  return found.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
}
