import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { site } from '../../compute/chosen-device.ts';
import type { Connection } from '../../compute/connection.ts';
import { Explain } from '../../controls/explain.tsx';
import { bytes, count } from '../../controls/wording.ts';
import type { ReaderAbout } from './reader-model.ts';
import type { api } from './reader-work.ts';

/** What reads the text: a small model, with its recipe and how good it is. */
export function AboutModel({ worker }: { readonly worker: Connection<typeof api> }) {
  const found = useSignal<ReaderAbout | undefined>(undefined);
  useEffect(() => {
    worker
      .run((api) => api.about(site))
      .then(
        (about) => {
          found.value = about;
        },
        () => undefined, // the view says it where it reads
      );
  }, [worker, found]);
  const about = found.value;
  if (about === undefined) return null;
  const { size, recipe, figures } = about;
  return (
    <section class="panel about" aria-label="The model">
      <h2>
        The model{' '}
        <Explain label="Its recipe">
          <p>
            {size.layers} layers, {size.width} wide, {size.heads} heads, a token for each byte; {count(figures.parameters)} parameters in{' '}
            {bytes(figures.fileBytes)} of float16. Dense causal attention with learned biases by distance, in buckets up to{' '}
            {size.maxDistance.toLocaleString('en')} bytes, so that it reads texts longer than those of its training.
          </p>
          <p>
            {recipe.steps.toLocaleString('en')} steps of {recipe.batch} × {recipe.length.toLocaleString('en')} bytes of Moby-Dick without
            every tenth chapter, on one core. Again by <code>{recipe.command}</code>, at commit <code>{recipe.commit.slice(0, 12)}</code>.
          </p>
        </Explain>
      </h2>
      <p class="hint">
        A small one of our own, trained on most of Moby-Dick in {Math.round(figures.trainingSeconds / 60)} minutes, on one core that others
        used too. It is no good at other languages, and says so in bits.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Held-out chapters</th>
            <th scope="col" class="number">
              bits per byte
            </th>
          </tr>
        </thead>
        <tbody>
          <Row name="this model" value={figures.heldOutBits} />
          <Row name="gzip −9" value={figures.gzip} />
          <Row name="the byte before (bigram)" value={figures.bigram} />
          <Row name="byte frequencies" value={figures.unigram} />
        </tbody>
      </table>
      <p class="hint">
        The same bytes after {figures.byContext.map(({ context, bits }) => `${count(context)}: ${bits.toFixed(2)}`).join('; ')} bytes of
        context.
      </p>
    </section>
  );
}

const Row = ({ name, value }: { readonly name: string; readonly value: number }) => (
  <tr>
    <th scope="row">{name}</th>
    <td class="number">{value.toFixed(2)}</td>
  </tr>
);
