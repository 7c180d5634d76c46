import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Explain } from './explain.tsx';

interface Labelled {
  readonly label: string;
  /** What one of the number is: tokens, layers, ms. */
  readonly unit?: string | undefined;
  /** Shown on demand. */
  readonly explain?: ComponentChildren;
}

interface NumberFieldProps extends Labelled {
  readonly value: number;
  readonly from: number;
  readonly to: number;
  readonly step?: number | undefined;
  readonly isInteger?: boolean | undefined;
  onChange(value: number, options?: { readonly step?: boolean }): void;
}

/** A number that is typed. What is no such number stays in the field, with a sentence, and changes nothing. */
export function NumberField({ label, unit, explain, value, from, to, step = 1, isInteger = true, onChange }: NumberFieldProps) {
  const id = useId();
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const shown = typed ?? String(value);
  const wrong = typed !== undefined && problemOf(typed, from, to, isInteger);
  return (
    <div class="field">
      <Label id={id} label={label} unit={unit} explain={explain} />
      <input
        id={id}
        type="text"
        inputMode={isInteger ? 'numeric' : 'decimal'}
        autocomplete="off"
        value={shown}
        aria-invalid={wrong !== false}
        aria-describedby={wrong === false ? undefined : `${id}-problem`}
        onInput={({ currentTarget }) => {
          const written = currentTarget.value.replaceAll(/[\s,_]/g, '');
          if (problemOf(written, from, to, isInteger) === false) {
            setTyped(undefined);
            onChange(Number(written));
          } else setTyped(currentTarget.value);
        }}
        onKeyDown={(event) => {
          const by = event.key === 'ArrowUp' ? step : event.key === 'ArrowDown' ? -step : 0;
          if (by === 0) return;
          event.preventDefault();
          setTyped(undefined);
          onChange(Math.min(to, Math.max(from, value + by)), { step: false });
        }}
        onBlur={() => setTyped(undefined)}
      />
      {wrong !== false && (
        <p id={`${id}-problem`} class="field-problem" role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}

function problemOf(written: string, from: number, to: number, isInteger: boolean): string | false {
  const number = written.trim() === '' ? Number.NaN : Number(written);
  const kind = isInteger ? 'an integer' : 'a number';
  const isOne = Number.isFinite(number) && (!isInteger || Number.isInteger(number)) && number >= from && number <= to;
  return isOne ? false : `${kind} from ${from.toLocaleString('en')} to ${to.toLocaleString('en')}`;
}

interface SliderProps extends Labelled {
  /** The values in their order; the slider moves from one to the next. */
  readonly values: readonly number[];
  readonly value: number;
  onChange(value: number, options: { readonly step: boolean }): void;
}

/** A slider over some values, such as powers of two. */
export function Slider({ label, unit, explain, values, value, onChange }: SliderProps) {
  const id = useId();
  const at = Math.max(
    0,
    values.findIndex((each) => each >= value),
  );
  const text = `${value.toLocaleString('en')}${unit === undefined ? '' : ` ${unit}`}`;
  return (
    <div class="field">
      <Label id={id} label={label} explain={explain} />
      <div class="slider">
        <input
          id={id}
          type="range"
          min={0}
          max={values.length - 1}
          step={1}
          value={at}
          aria-valuetext={text}
          onInput={({ currentTarget }) => onChange(values[Number(currentTarget.value)] as number, { step: false })}
          onChange={({ currentTarget }) => onChange(values[Number(currentTarget.value)] as number, { step: true })}
        />
        <output for={id}>{text}</output>
      </div>
    </div>
  );
}

interface SelectProps<Name extends string> extends Labelled {
  readonly value: Name;
  readonly options: readonly { readonly value: Name; readonly title: string; readonly group?: string | undefined }[];
  onChange(value: Name): void;
}

export function Select<Name extends string>({ label, explain, value, options, onChange }: SelectProps<Name>) {
  const id = useId();
  const groups = [...new Set(options.map(({ group }) => group))];
  const choice = ({ value: each, title }: (typeof options)[number]) => (
    <option key={each} value={each} selected={each === value}>
      {title}
    </option>
  );
  return (
    <div class="field">
      <Label id={id} label={label} explain={explain} />
      <select id={id} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value as Name)}>
        {groups.map((group) => {
          const own = options.filter((each) => each.group === group);
          return group === undefined ? (
            own.map(choice)
          ) : (
            <optgroup key={group} label={group}>
              {own.map(choice)}
            </optgroup>
          );
        })}
      </select>
    </div>
  );
}

interface ToggleProps extends Labelled {
  readonly value: boolean;
  onChange(value: boolean): void;
}

export function Toggle({ label, explain, value, onChange }: ToggleProps) {
  const id = useId();
  return (
    <div class="field toggle">
      <input id={id} type="checkbox" checked={value} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />
      <Label id={id} label={label} explain={explain} />
    </div>
  );
}

const Label = ({ id, label, unit, explain }: Labelled & { readonly id: string }) => (
  <span class="field-label">
    <label for={id}>
      {label}
      {unit !== undefined && <span class="unit"> {unit}</span>}
    </label>
    {explain !== undefined && <Explain label={label}>{explain}</Explain>}
  </span>
);
