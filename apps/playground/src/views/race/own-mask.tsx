import { Select } from '../../controls/fields.tsx';
import { ExpressionEditor } from '../../expression/editor.tsx';
import type { Read } from '../../expression/read-expression.ts';
import { presets } from '../pattern/presets.ts';
import { lastShown } from '../pattern/state.ts';
import { race } from './state.ts';

/** The mask of the racer that a person makes: written here, a preset, or the pattern that Pattern showed last. */
export function OwnMask({ mask, read }: { readonly mask: string; readonly read: Read }) {
  const shown = lastShown.value;
  const offered = [
    ...(shown === undefined ? [] : [{ id: 'shown', title: 'The pattern that Pattern shows', expression: shown.mask }]),
    ...presets,
  ];
  return (
    <div class="field">
      <span class="field-label">Your own mask</span>
      <Select
        label="Begin with"
        value={offered.find(({ expression }) => expression === mask)?.id ?? ''}
        options={[{ value: '', title: 'What stands below' }, ...offered.map(({ id, title }) => ({ value: id, title }))]}
        onChange={(id) => {
          const chosen = offered.find((each) => each.id === id);
          if (chosen !== undefined) race.set({ mask: chosen.expression });
        }}
      />
      <ExpressionEditor label="Your own mask" value={mask} read={read} onChange={(value) => race.set({ mask: value }, { step: false })} />
      {'problem' in read && (
        <p class="field-problem" role="alert">
          {read.problem.message}
        </p>
      )}
    </div>
  );
}
