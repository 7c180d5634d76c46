import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { percent } from '../../controls/wording.ts';
import type { Segment } from './passage.ts';
import type { Looked } from './reader-work.ts';
import type { SegmentWeight } from './weights.ts';

interface WordsProps {
  readonly looked: Looked;
  readonly weights: readonly SegmentWeight[];
  /** Whether a mechanism is marked. */
  readonly isCompared: boolean;
  /** Characters before the shown part. */
  readonly before: number;
  choose(end: number): void;
}

/** The text itself: the chosen word, and behind each other one as much ink as it gets attention. */
export function Words({ looked, weights, isCompared, before, choose }: WordsProps) {
  const { segments, chosen } = looked.reading;
  const place = useRef<HTMLDivElement>(null);
  const pointed = useSignal<number | undefined>(undefined);
  const most = weights.reduce((greatest, { weight }, at) => (at === chosen ? greatest : Math.max(greatest, weight)), 0);
  useEffect(() => {
    const box = place.current;
    const word = box?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (box === null || word === null || word === undefined) return;
    const [top, bottom] = [word.offsetTop, word.offsetTop + word.offsetHeight];
    if (top < box.scrollTop || bottom > box.scrollTop + box.clientHeight) box.scrollTop = top - box.clientHeight / 2;
  }, [chosen, segments]);
  const goTo = (at: number | undefined): void => {
    const segment = at === undefined ? undefined : segments[at];
    if (segment?.isWord === true) choose(before + segment.start + segment.text.length);
  };
  const step = (by: 1 | -1, count = 1): void => {
    let at = chosen;
    for (let left = count; left > 0; ) {
      const next = at + by;
      if (segments[next] === undefined) break;
      at = next;
      if (segments[at]?.isWord === true) left -= 1;
    }
    while (segments[at] !== undefined && segments[at]?.isWord !== true) at -= by;
    goTo(at);
  };
  const indexOf = (target: EventTarget | null): number | undefined => {
    const found = (target as HTMLElement | null)?.dataset?.['at'];
    return found === undefined ? undefined : Number(found);
  };
  return (
    <>
      <div
        ref={place}
        class="words"
        dir="auto"
        tabIndex={0}
        role="listbox"
        aria-label="Words of the text: choose one by a click, or with the arrow keys"
        aria-activedescendant={`word-${chosen}`}
        onClick={({ target }) => goTo(indexOf(target))}
        onPointerOver={({ target }) => {
          pointed.value = indexOf(target);
        }}
        onPointerLeave={() => {
          pointed.value = undefined;
        }}
        onKeyDown={(event) => {
          const move: Readonly<Record<string, () => void>> = {
            ArrowRight: () => step(1),
            ArrowLeft: () => step(-1),
            ArrowDown: () => step(1, 10),
            ArrowUp: () => step(-1, 10),
          };
          const found = move[event.key];
          if (found === undefined) return;
          event.preventDefault();
          found();
        }}
      >
        {segments.map((segment, at) => {
          const { weight, kept } = weights[at] as SegmentWeight;
          const isRead = segment.to > segment.from;
          const isChosen = at === chosen;
          const strength = isChosen || most === 0 ? 0 : Math.sqrt(weight / most);
          const isMissed = isCompared && isRead && !isChosen && kept < weight / 2;
          const kind = `${isChosen ? 'chosen' : isRead ? 'read' : 'unread'}${isMissed ? ' missed' : ''}`;
          return segment.isWord ? (
            <span
              key={segment.start}
              id={`word-${at}`}
              data-at={at}
              role="option"
              tabIndex={-1}
              aria-selected={isChosen}
              class={kind}
              style={strength > 0.03 ? { '--weight': `${Math.round(strength * 100)}%` } : {}}
            >
              {segment.text}
            </span>
          ) : (
            <span
              key={segment.start}
              data-at={at}
              class={kind}
              aria-hidden="true"
              style={strength > 0.03 && !segment.text.includes('\n') ? { '--weight': `${Math.round(strength * 100)}%` } : {}}
            >
              {segment.text}
            </span>
          );
        })}
      </div>
      <Told segments={segments} weights={weights} isCompared={isCompared} pointed={pointed} />
    </>
  );
}

interface ToldProps {
  readonly segments: readonly Segment[];
  readonly weights: readonly SegmentWeight[];
  readonly isCompared: boolean;
  readonly pointed: ReadonlySignal<number | undefined>;
}

/** The weight of the word that is pointed at. It alone is drawn anew while a pointer moves over the text. */
function Told({ segments, weights, isCompared, pointed }: ToldProps) {
  const at = pointed.value;
  const [word, told] = at === undefined ? [] : [segments[at], weights[at]];
  return (
    <p class="hint told">
      {word === undefined || told === undefined ? 'Point at a word to read its weight.' : inWords(word, told, isCompared)}
    </p>
  );
}

function inWords({ text, from, to }: Segment, { weight, kept }: SegmentWeight, isCompared: boolean): string {
  const name = text.trim() === '' ? 'A blank' : `“${text}”`;
  if (to === from) return `${name} was not read.`;
  const share = isCompared && weight > 0 ? `, of which ${percent(kept / weight)} is kept` : '';
  return `${name}: ${percent(weight)} of the attention, summed over ${to - from} byte${to - from === 1 ? '' : 's'}${share}.`;
}
