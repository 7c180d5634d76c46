import { Explain, Source } from '../../controls/explain.tsx';
import { Select, Slider } from '../../controls/fields.tsx';
import type { searchLevels } from './passages.ts';
import { ask } from './state.ts';

const weights = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] as const;

const levelTitles = [
  { value: 'section', title: 'Sections' },
  { value: 'paragraph', title: 'Paragraphs' },
  { value: 'sentence', title: 'Sentences' },
] as const satisfies readonly { readonly value: (typeof searchLevels)[number]; readonly title: string }[];

/** What is looked for, and how the two ways to find are joined. */
export function HowToFind() {
  const { level, weight } = ask.values.value;
  return (
    <section class="panel finding" aria-label="How it finds">
      <h2>
        How it finds{' '}
        <Explain label="Passages, not answers">
          <p>
            The page shows where the document speaks of what you ask; it writes no answer. Each passage has a score by its vector, the
            cosine of the angle to the question’s, and one by its words, BM25. They are joined:
          </p>
          <p>
            <code>w · (cosine + 1) / (largest + 1) + (1 − w) · bm25 / largest</code>
          </p>
          <Source title="BM25: Robertson and Zaragoza 2009" href="https://doi.org/10.1561/1500000019" />{' '}
          <Source title="BM25+: Lv and Zhai 2011" href="https://doi.org/10.1145/2063576.2063584" />{' '}
          <Source title="The fusion: Bruch et al. 2023" href="https://arxiv.org/abs/2210.11934" />
        </Explain>
      </h2>
      <Select
        label="Find"
        explain={<p>Sections begin with a heading. Of a section or a paragraph the sentence that fits best is marked too.</p>}
        value={level}
        options={levelTitles}
        onChange={(value) => ask.set({ level: value, passage: 1 })}
      />
      <Slider
        label="Share of the vectors"
        explain={
          <p>
            How much the vectors count where both are joined; the rest is that of the words. 0.8 is what the package takes where nobody says
            otherwise.
          </p>
        }
        values={weights}
        value={weight}
        onChange={(value, options) => ask.set({ weight: value, passage: 1 }, options)}
      />
    </section>
  );
}
