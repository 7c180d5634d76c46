import { useEffect, useRef } from 'preact/hooks';
import { directionOf } from '../../text/direction.ts';
import { shortened } from '../../text/shortened.ts';
import { mostListed, type Passage, type Passages, rankIn, type Way } from './passages.ts';

interface PassageListProps {
  readonly text: string;
  readonly language: string | undefined;
  readonly passages: Passages;
  readonly by: Way;
  /** Which one is looked at, from 0. */
  readonly chosen: number;
  choose(at: number): void;
}

/** The passages that were found, the best first, each with where it stands and what the two ways alone say of it. */
export function PassageList({ text, language, passages, by, chosen, choose }: PassageListProps) {
  const list = useRef<HTMLOListElement>(null);
  const listed = passages[by].slice(0, Math.max(mostListed, chosen + 1));
  // The list scrolls by itself; the page around it stays.
  useEffect(() => {
    const box = list.current;
    const one = box?.querySelectorAll<HTMLElement>('li')[chosen];
    if (box === null || one === undefined) return;
    const [start, end] = [one.offsetTop, one.offsetTop + one.offsetHeight];
    if (start < box.scrollTop) box.scrollTop = start;
    else if (end > box.scrollTop + box.clientHeight) box.scrollTop = end - box.clientHeight;
  }, [chosen, passages, by]);
  const move = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const next = chosen + by;
    if (by === 0 || next < 0 || next >= listed.length) return;
    event.preventDefault();
    choose(next);
    list.current?.querySelectorAll<HTMLButtonElement>('.passage')[next]?.focus();
  };
  return (
    <ol ref={list} class="passages" onKeyDown={move}>
      {listed.map((passage, at) => (
        <li key={passage.start}>
          <button type="button" class="passage" aria-current={at === chosen} onClick={() => choose(at)}>
            <span class="passage-head">
              <span class="passage-rank">{at + 1}</span>
              <span class="passage-place" dir="auto">
                {passage.section.heading || 'Before the first heading'}
              </span>
              <span class="passage-score">{passage.score.toFixed(by === 'words' ? 1 : 2)}</span>
            </span>
            <span class="passage-text" dir={directionOf(text.slice(passage.sentence.start, passage.sentence.start + 200))} lang={language}>
              {shortened(text, passage.sentence, 220)}
            </span>
            <span class="passage-ways">
              {passages.vectors.length > 0 && (
                <Said way="vectors" rank={rankIn(passages.vectors, passage)} score={passage.cosine?.toFixed(2)} />
              )}
              <Said way="words" rank={rankIn(passages.words, passage)} score={passage.bm25?.toFixed(1)} />
              <span>
                characters {passage.start.toLocaleString('en')}–{passage.end.toLocaleString('en')}
              </span>
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** What one way alone says of a passage. */
const Said = ({ way, rank, score }: { readonly way: string; readonly rank: number | undefined; readonly score: string | undefined }) => (
  <span>
    {way} {rank === undefined ? '–' : `no. ${rank}`}
    {score === undefined ? '' : ` (${score})`}
  </span>
);

/** What the view shows, as data. */
export const passageJson = (text: string, { start, end, sentence, section, score, cosine, bm25 }: Passage): unknown => ({
  text: text.slice(start, end),
  start,
  end,
  score,
  cosine,
  bm25,
  section: section.heading,
  sentence: { text: text.slice(sentence.start, sentence.end), ...sentence },
});
