import type { Job } from '../../compute/job.ts';
import { Explain, Source } from '../../controls/explain.tsx';
import { JobStatus } from '../../controls/job-status.tsx';
import { directionOf } from '../../text/direction.ts';
import { shortened } from '../../text/shortened.ts';
import type { Similar } from './embedding.ts';
import type { LevelName } from './level-names.ts';
import { sameAt, type Unit, unitOf } from './places.ts';
import type { Cut } from './segmenting.ts';

/** What was found to be like a unit. */
export interface Found {
  /** Of which text. */
  readonly number: number;
  readonly level: LevelName;
  readonly unit: number;
  readonly similar: readonly Similar[];
}

interface SimilarListProps {
  readonly text: string;
  readonly language: string | undefined;
  readonly cut: Cut;
  readonly chosen: Unit;
  readonly finding: Job<Found>;
  readonly again: () => void;
  readonly go: (unit: Unit) => void;
}

/** The units that are most like the chosen one, with the way to each. */
export function SimilarList({ text, language, cut, chosen, finding, again, go }: SimilarListProps) {
  const state = finding.state.value;
  const found = state.at === 'done' ? state.result : undefined;
  const isCurrent = found?.level === chosen.level && found.unit === chosen.unit;
  const place = sameAt(cut, chosen, 'section');
  return (
    <section class="panel similar-list" aria-label={`Like this ${chosen.level}`}>
      <h2>
        Like this {chosen.level}{' '}
        <Explain label="How units are compared">
          <p>
            No trained model: a word’s vector has 128 numbers, to which the word itself, each three letters of it in a row and each Chinese
            character are added with a sign, at places that their hash says. It knows how words are written, not what they mean.
          </p>
          <p>
            A sentence is the mean of its words, each weighed by 0.001 / (0.001 + its share of the text), so that rare ones count most; a
            paragraph is the mean of its sentences and a section that of its paragraphs: <code>meanPooling</code> of the package over the
            text’s own units. The number is the cosine of the angle between two vectors.
          </p>
          <Source title="The weights: Arora et al. 2017" href="https://openreview.net/forum?id=SyK00v5xx" />
        </Explain>
      </h2>
      <blockquote dir={directionOf(text.slice(chosen.start, chosen.start + 400))} lang={language}>
        {shortened(text, chosen, 160)}
      </blockquote>
      <p class="hint">
        {chosen.level} {(chosen.unit + 1).toLocaleString('en')} of {(cut[chosen.level].length - 1).toLocaleString('en')}
        {chosen.level !== 'section' && `, in section ${(place.unit + 1).toLocaleString('en')}`}
      </p>
      {isCurrent && found.similar.length === 0 && (
        <p class="notice">There is nothing like it elsewhere in this text, or nothing to tell it by.</p>
      )}
      {isCurrent && (
        <ol>
          {found.similar.map(({ unit, cosine, times }) => {
            const other = unitOf(cut, chosen.level, unit);
            return (
              <li key={unit}>
                <button type="button" class="jump" onClick={() => go(other)}>
                  <span class="jump-text" dir={directionOf(text.slice(other.start, other.start + 400))} lang={language}>
                    {shortened(text, other, 110)}
                  </span>
                  <span class="jump-share" style={{ '--share': String(cosine) }} />
                  <span class="jump-place">
                    {cosine.toFixed(2)} · {chosen.level} {(unit + 1).toLocaleString('en')}
                    {times === undefined ? '' : `, ${times.toLocaleString('en')} in all`}
                  </span>
                </button>
              </li>
            );
          })}
        </ol>
      )}
      <JobStatus job={finding} again={again} />
    </section>
  );
}
