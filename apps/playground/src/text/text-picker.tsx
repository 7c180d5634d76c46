import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Select } from '../controls/fields.tsx';
import { loadFile, loadPasted, loadSample, textRefused, textState } from './loaded-text.ts';
import { samples } from './samples.ts';

/**
 * Chooses the text: a sample, a file that is dropped or chosen, or what is pasted.
 * @param first the sample that is loaded where there is no text yet
 */
export function TextPicker({ first = 'harbour' }: { readonly first?: string }) {
  const state = textState.value;
  const problem = state?.at === 'failed' ? state.message : textRefused.value;
  const isOver = useSignal(false);
  const isPasting = useSignal(false);
  const file = useRef<HTMLInputElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (textState.peek() === undefined) void loadSample(first);
  }, [first]);
  const chosen = state?.at === 'loaded' ? state.loaded.id : 'own';
  const options = [
    ...samples.map(({ id, title }) => ({ value: id, title })),
    ...(chosen === 'own' ? [{ value: 'own', title: state?.at === 'loaded' ? state.loaded.title : '—' }] : []),
  ];
  return (
    <fieldset
      class={`text-picker${isOver.value ? ' over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={() => {
        isOver.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        isOver.value = false;
        const dropped = event.dataTransfer?.files[0];
        if (dropped !== undefined) void loadFile(dropped);
      }}
    >
      <legend>Text</legend>
      <Select label="Sample" value={chosen} options={options} onChange={(id) => id !== 'own' && void loadSample(id)} />
      <div class="row">
        <button type="button" onClick={() => file.current?.click()}>
          Open a file
        </button>
        <input
          ref={file}
          type="file"
          hidden
          aria-label="A text file of yours"
          onChange={({ currentTarget }) => {
            const opened = currentTarget.files?.[0];
            currentTarget.value = '';
            if (opened !== undefined) void loadFile(opened);
          }}
        />
        <button type="button" aria-expanded={isPasting.value} onClick={() => (isPasting.value = !isPasting.value)}>
          Paste
        </button>
        <span class="hint">or drop a file here</span>
      </div>
      {isPasting.value && (
        <div class="pasting">
          <textarea ref={area} rows={5} aria-label="Your text" placeholder="Paste your text here. It stays in this page." />
          <button
            type="button"
            class="strong"
            onClick={() => {
              const text = area.current?.value ?? '';
              if (text.trim() === '') return;
              isPasting.value = false;
              void loadPasted(text);
            }}
          >
            Use this text
          </button>
        </div>
      )}
      {state?.at === 'loading' && (
        <p class="waiting" role="status">
          Loading {state.title} …
        </p>
      )}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {state?.at === 'loaded' && <p class="hint">{state.loaded.text.length.toLocaleString('en')} characters</p>}
    </fieldset>
  );
}
