import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ask } from './state.ts';

interface QuestionFormProps {
  readonly isDisabled: boolean;
  readonly examples: readonly string[];
  submit(question: string): void;
}

/** Where a person asks. */
export function QuestionForm({ isDisabled, examples, submit }: QuestionFormProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const { q: question } = ask.values.value;
  const [typed, setTyped] = useState(question);
  useEffect(() => setTyped(question), [question]);
  return (
    <>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const written = typed.trim();
          if (written === '') field.current?.focus();
          else submit(written);
        }}
      >
        <label for={id}>Your question</label>
        <div class="question">
          <input
            ref={field}
            id={id}
            type="text"
            dir="auto"
            maxLength={2000}
            autocomplete="off"
            value={typed}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
            placeholder="What do you look for?"
          />
          <button type="submit" class="strong" disabled={isDisabled}>
            Ask
          </button>
        </div>
      </form>
      {examples.length > 0 && (
        <fieldset class="chips" aria-label="Questions to try">
          {examples.map((example) => (
            <button
              key={example}
              type="button"
              dir="auto"
              aria-pressed={example === question}
              disabled={isDisabled}
              onClick={() => submit(example)}
            >
              {example}
            </button>
          ))}
        </fieldset>
      )}
    </>
  );
}
