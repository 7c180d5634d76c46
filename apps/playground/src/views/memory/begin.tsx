import { useId } from 'preact/hooks';
import { memory } from './state.ts';

interface BeginProps {
  readonly text: string;
  /** Characters before what is streamed. */
  readonly begin: number;
  /** Bytes. */
  readonly streamed: number;
}

/** Where in the text the stream begins, and which part of it is read: nothing is left out silently. */
export function Begin({ text, begin, streamed }: BeginProps) {
  const id = useId();
  const share = `${((100 * begin) / Math.max(1, text.length)).toFixed(1)} %`;
  return (
    <>
      <div class="field">
        <span class="field-label">
          <label for={id}>Begin at</label>
        </span>
        <div class="slider">
          <input
            id={id}
            type="range"
            min={1}
            max={Math.max(2, text.length)}
            value={begin + 1}
            aria-valuetext={`character ${begin.toLocaleString('en')} of ${text.length.toLocaleString('en')}`}
            onChange={({ currentTarget }) => memory.set({ from: Number(currentTarget.value) })}
          />
          <output for={id}>{share}</output>
        </div>
      </div>
      <p class="hint">
        {streamed.toLocaleString('en')} bytes are streamed, from character {begin.toLocaleString('en')} on
        {begin === 0 ? '' : '; what stands before is not read'}.
      </p>
    </>
  );
}
