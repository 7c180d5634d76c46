import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { look } from './state.ts';

/** Goes to another place of a long text: by how far it is, or by what stands there. */
export function Place({ text, place }: { readonly text: string; readonly place: number }) {
  const id = useId();
  const told = useSignal('');
  const sought = useSignal('');
  return (
    <div class="place">
      <div class="field">
        <span class="field-label">
          <label for={`${id}-place`}>Place in the text</label>
        </span>
        <div class="slider">
          <input
            id={`${id}-place`}
            type="range"
            min={1}
            max={Math.max(2, text.length)}
            value={place}
            aria-valuetext={`character ${place.toLocaleString('en')} of ${text.length.toLocaleString('en')}`}
            onChange={({ currentTarget }) => look.set({ at: Number(currentTarget.value) })}
          />
          <output for={`${id}-place`}>{`${((100 * place) / Math.max(1, text.length)).toFixed(1)} %`}</output>
        </div>
      </div>
      <form
        class="row find"
        onSubmit={(event) => {
          event.preventDefault();
          if (sought.value === '') return;
          const next = text.indexOf(sought.value, place);
          const found = next >= 0 ? next : text.indexOf(sought.value);
          told.value = found < 0 ? `“${sought.value}” does not occur.` : next < 0 ? 'Begun again from the beginning.' : '';
          if (found >= 0) look.set({ at: found + sought.value.length });
        }}
      >
        <input
          type="text"
          aria-label="Find in the text"
          placeholder="Find"
          value={sought.value}
          onInput={({ currentTarget }) => {
            sought.value = currentTarget.value;
          }}
        />
        <button type="submit">Next</button>
        <span class="hint" role="status">
          {told.value}
        </span>
      </form>
    </div>
  );
}
