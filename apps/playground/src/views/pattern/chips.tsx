interface ChipsProps {
  readonly expression: string;
  readonly isBroken: boolean;
  onChange(expression: string): void;
}

/** Parts to join by a click, for those who do not type. The expression beside them is always what they have made. */
const parts: readonly { readonly title: string; readonly by: 'and' | 'or'; readonly part: string }[] = [
  { title: '+ window 256', by: 'or', part: 'slidingWindow({ left: 256, right: 256 })' },
  { title: '+ global first token', by: 'or', part: 'globalTokens([0])' },
  { title: '+ dilated', by: 'or', part: 'dilatedWindow({ left: 64, dilation: 8 })' },
  { title: '+ stride 128', by: 'or', part: 'strided({ stride: 128 })' },
  { title: '+ prefix 64', by: 'or', part: 'prefix({ length: 64 })' },
  { title: 'only the past', by: 'and', part: 'causal()' },
  { title: 'only own block of 512', by: 'and', part: 'blockDiagonal({ blockSize: 512 })' },
];

export const Chips = ({ expression, isBroken, onChange }: ChipsProps) => (
  <fieldset class="chips" aria-label="Join a part">
    {parts.map(({ title, by, part }) => (
      <button
        key={title}
        type="button"
        disabled={isBroken}
        title={`.${by}(${part})`}
        onClick={() => onChange(`${expression.trim()}.${by}(${part})`)}
      >
        {title}
      </button>
    ))}
    <button type="button" disabled={isBroken} title=".not()" onClick={() => onChange(`${expression.trim()}.not()`)}>
      invert
    </button>
    <button type="button" onClick={() => onChange('slidingWindow({ left: 256 }).and(causal())')}>
      start anew
    </button>
  </fieldset>
);
