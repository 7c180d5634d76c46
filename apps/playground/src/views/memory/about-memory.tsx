import { Explain } from '../../controls/explain.tsx';
import { bytes, count } from '../../controls/wording.ts';
import type { MemoryAbout } from './memory-model.ts';

/** What reads the text: a small Transformer-XL, with its recipe and how good it is. */
export function AboutMemory({ about: { size, recipe, figures } }: { readonly about: MemoryAbout }) {
  return (
    <section class="panel about" aria-label="The model">
      <h2>
        The model{' '}
        <Explain label="Its recipe">
          <p>
            A Transformer-XL of {size.layers} layers, {size.width} wide, {size.heads} heads, a token for each byte;{' '}
            {count(figures.parameters)} parameters in {bytes(figures.fileBytes)} of float16.
          </p>
          <p>
            {recipe.steps.toLocaleString('en')} steps of {recipe.batch} × {recipe.segmentLength} bytes of Moby-Dick without every tenth
            chapter, with a memory of {recipe.memoryLength}, on one core. Again by <code>{recipe.command}</code>, at commit{' '}
            <code>{recipe.commit.slice(0, 12)}</code>.
          </p>
        </Explain>
      </h2>
      <p class="hint">
        A very small one of our own, trained on most of Moby-Dick. On {figures.evaluatedBytes.toLocaleString('en')} bytes of held-out
        chapters:
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Memory</th>
            <th scope="col" class="number">
              bits per byte
            </th>
          </tr>
        </thead>
        <tbody>
          {figures.byMemory.map(({ memory, bits }) => (
            <tr key={memory}>
              <th scope="row">{memory === 0 ? 'none' : `${memory.toLocaleString('en')} bytes`}</th>
              <td class="number">{bits.toFixed(3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
