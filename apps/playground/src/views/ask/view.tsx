import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { JobStatus } from '../../controls/job-status.tsx';
import { Refused } from '../../controls/refused.tsx';
import { TakeAway } from '../../controls/take-away.tsx';
import { bytes } from '../../controls/wording.ts';
import { pictureSvg } from '../../picture/shapes.ts';
import { followText } from '../../text/follow-text.ts';
import { type LoadedText, textState } from '../../text/loaded-text.ts';
import { TextPicker } from '../../text/text-picker.tsx';
import { AboutModel } from './about-model.tsx';
import { codeOf } from './code.ts';
import { DocumentText } from './document-text.tsx';
import { encoderBytes } from './encoder-files.ts';
import { HowToFind } from './how-to-find.tsx';
import { PassageList, passageJson } from './passage-list.tsx';
import { type Found, mostListed, type Passage, type Way, ways } from './passages.ts';
import { QuestionForm } from './question-form.tsx';
import { questionFor, questionsOf } from './questions.ts';
import { askedKey, asking, isKept, keyOf, lookForEncoder, readKeys } from './session.ts';
import { findByWords, start, stopOther } from './start-asking.ts';
import { ask } from './state.ts';
import { Strip } from './strip.tsx';
import { stripPicture } from './strip-picture.ts';
import { textRows } from './text-rows.ts';
import './ask.css';

/** Characters of a text that is read without being asked for, where the model is here already: some seconds. */
const shortText = 100_000;
/** Characters of the longest text that is read: some seven books. */
const longestText = 8_000_000;

const noRows = Int32Array.of(0);
const nothing: readonly Passage[] = [];

/** Finds the passages of a document that fit a question, by their meaning and by their words. */
export function View() {
  useEffect(() => void lookForEncoder(), []);
  useEffect(
    () =>
      followText(ask, (sample) =>
        ask.set({ ...(sample === undefined ? {} : { text: sample }), q: questionFor(sample, ask.values.peek().q), passage: 1 }),
      ),
    [],
  );
  // Nobody waits for what is read for a view that was left; what was read stays.
  useEffect(
    () => () => {
      if (asking.state.peek().at === 'running') asking.cancel();
    },
    [],
  );
  const { q: question, level, weight } = ask.values.value;
  const loaded = textState.value?.at === 'loaded' ? textState.value.loaded : undefined;
  const problem = loaded === undefined ? undefined : problemOf(loaded.text);
  const isReadable = loaded !== undefined && problem === undefined;
  const rows = useMemo(() => (isReadable ? textRows(loaded.text) : noRows), [loaded, isReadable]);
  const wanted = useCallback((): void => {
    if (isReadable && question.trim() !== '') start(loaded, { question: question.trim(), level, weight });
  }, [isReadable, loaded, question, level, weight]);
  const isAtHand = isReadable && (readKeys.value.includes(keyOf(loaded)) || (isKept.value && loaded.text.length <= shortText));
  useEffect(() => {
    if (loaded !== undefined) stopOther(loaded);
    if (isAtHand) wanted();
  }, [wanted, isAtHand]);

  const state = asking.state.value;
  const last = useRef<Found | undefined>(undefined);
  if (state.at === 'done') last.current = state.result;
  const isRead = loaded !== undefined && last.current?.key === keyOf(loaded);
  // Until the model has read a text, its words answer.
  const byWords = useSignal<Found | undefined>(undefined);
  const askWords = useMemo(() => findByWords((found) => (byWords.value = found)), [byWords]);
  useEffect(() => {
    if (isReadable && !isRead && question.trim() !== '') askWords({ loaded, question: { question: question.trim(), level, weight } });
  }, [isReadable, isRead, loaded, question, level, weight, askWords]);
  const words = loaded !== undefined && question.trim() !== '' && byWords.value?.key === keyOf(loaded) ? byWords.value : undefined;
  const found = isRead ? last.current : words;
  // A question to a text that is held is answered at once; and what became of another text is of no matter here.
  const isAnsweredAtOnce = state.at === 'running' && isRead && readKeys.value.includes(keyOf(loaded));
  const isTold = loaded !== undefined && askedKey.value === keyOf(loaded) && !isAnsweredAtOnce;
  return (
    <div class="view beside ask">
      <div class="stack">
        <section class="panel" aria-label="Document">
          <TextPicker first={ask.values.peek().text} />
        </section>
        <HowToFind />
        <AboutModel isKept={isKept.value} found={found} />
      </div>
      <div class="stack">
        <Refused reasons={ask.refused.value} />
        {problem !== undefined && <p class="notice">{problem}</p>}
        <section class="panel asking" aria-label="Question" data-tour="ask">
          <QuestionForm
            isDisabled={!isReadable}
            examples={loaded === undefined ? [] : questionsOf(loaded.id)}
            submit={(written) => {
              if (written === question) wanted();
              else if (loaded !== undefined) {
                ask.set({ q: written, passage: 1 });
                start(loaded, { question: written, level, weight });
              }
            }}
          />
          {!isKept.value && state.at !== 'running' && (
            <p class="hint">
              “Ask” finds by meaning too: the first time it fetches a model of {bytes(encoderBytes)} from this site, which your browser then
              keeps. Your text and your questions stay in this page.
            </p>
          )}
          {isTold && <JobStatus job={asking} again={wanted} />}
        </section>
        {loaded !== undefined && isReadable && <Shown key={keyOf(loaded)} loaded={loaded} rows={rows} found={found} />}
      </div>
    </div>
  );
}

function problemOf(text: string): string | undefined {
  if (text.trim() === '') return 'There is no word in this text. Paste or open another one.';
  if (text.length <= longestText) return undefined;
  return `A text may have at most ${longestText.toLocaleString('en')} characters here, and this one has ${text.length.toLocaleString('en')}: open a part of it.`;
}

interface ShownProps {
  readonly loaded: LoadedText;
  readonly rows: Int32Array;
  readonly found: Found | undefined;
}

/** The document, and what was found in it. */
function Shown({ loaded: { id, text, language, title }, rows, found }: ShownProps) {
  const { by: wanted, passage } = ask.values.value;
  const by = found !== undefined && found.reading === undefined ? 'words' : wanted;
  const listed = found?.passages[by] ?? nothing;
  const at = Math.min(passage, Math.max(1, listed.length)) - 1;
  const chosen = listed[at];
  const sight = useSignal<readonly [number, number] | undefined>(undefined);
  const canvas = useRef<HTMLCanvasElement | undefined>(undefined);
  const takeCanvas = useCallback((element: HTMLCanvasElement) => {
    canvas.current = element;
  }, []);
  // What was chosen is gone to; a passage that is taken again is gone to again.
  const [again, setAgain] = useState(0);
  const wish = useRef({ chosen, count: 0 });
  if (wish.current.chosen !== chosen) wish.current = { chosen, count: wish.current.count + 1 };
  const place = useRef<HTMLElement>(null);
  const choose = (way: Way, next: number): void => {
    setAgain(again + 1);
    ask.set({ by: way, passage: next + 1 });
    const { top = 0, bottom = 0 } = place.current?.getBoundingClientRect() ?? {};
    if (top > 0.7 * innerHeight || bottom < 0.3 * innerHeight) place.current?.scrollIntoView({ block: 'nearest' });
  };
  const headings = useMemo(() => (found === undefined ? [] : headingsOf(text, found.sections)), [text, found]);
  const strip =
    found === undefined ? undefined : { passages: found.passages, sections: found.sections, headings, length: text.length, by, chosen };
  return (
    <>
      {found !== undefined && strip !== undefined && (
        <section class="panel" aria-label="Where in the document">
          <h2>Where in the document</h2>
          <Strip {...strip} text={text} sight={sight} choose={choose} onCanvas={takeCanvas} />
        </section>
      )}
      <div class={found === undefined ? 'text-alone' : 'list-and-text'}>
        {found !== undefined && (
          <section key="found" class="panel found" aria-label="Passages" aria-busy={asking.state.value.at === 'running'}>
            <Ways found={found} by={by} />
            {listed.length === 0 ? (
              <p class="notice">
                {by === 'words' ? 'No word of the question stands in this document.' : 'There is nothing to be found in this document.'}
              </p>
            ) : (
              <PassageList
                text={text}
                language={language}
                passages={found.passages}
                by={by}
                chosen={at}
                choose={(next) => choose(by, next)}
              />
            )}
          </section>
        )}
        <section key="text" ref={place} class="panel text" aria-label="Text">
          <h2>{title}</h2>
          <DocumentText
            text={text}
            language={language}
            rows={rows}
            sections={found?.sections}
            found={listed.slice(0, mostListed)}
            chosen={chosen}
            wish={wish.current.count + again}
            onSight={(from, to) => {
              sight.value = [from, to];
            }}
          />
        </section>
      </div>
      {found !== undefined && strip !== undefined && (
        <TakeAway
          name="passages"
          code={() => codeOf({ question: found.question, language, most: mostListed })}
          json={() => ({
            text: id === 'own' ? 'own' : title,
            ...found.question,
            ...Object.fromEntries(
              ways.map((way) => [way, found.passages[way].slice(0, mostListed).map((each) => passageJson(text, each))]),
            ),
          })}
          canvas={() => canvas.current}
          svg={() => pictureSvg(stripPicture({ ...strip, sight: sight.peek() }, 960))}
        />
      )}
    </>
  );
}

/** The first line of each section. */
const headingsOf = (text: string, sections: Int32Array): readonly string[] =>
  Array.from({ length: sections.length - 1 }, (_, at) => {
    const [first = ''] = text
      .slice(sections[at], Math.min(sections[at + 1] as number, (sections[at] as number) + 200))
      .trim()
      .split('\n');
    return first;
  });

const wayNames: Readonly<Record<Way, string>> = { both: 'Together', vectors: 'Vectors alone', words: 'Words alone' };

/** Which list is shown: together, or what one way alone would have said. */
const Ways = ({ found, by }: { readonly found: Found; readonly by: Way }) => (
  <>
    <h2>
      {Math.min(mostListed, found.passages[by].length)} of {found.units.toLocaleString('en')} {found.question.level}
      {found.units === 1 ? '' : 's'}
    </h2>
    <fieldset class="choices" aria-label="Found by">
      {ways.map((way) => (
        <button
          key={way}
          type="button"
          aria-pressed={way === by}
          disabled={found.reading === undefined && way !== 'words'}
          onClick={() => ask.set({ by: way, passage: 1 })}
        >
          {wayNames[way]}
        </button>
      ))}
    </fieldset>
    {found.reading === undefined && <p class="hint">Found by words alone: the model has not read this text yet.</p>}
  </>
);
